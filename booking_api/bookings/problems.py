"""The problems that each operation on bookings may raise, in addition to those of all views of its kind."""

from ..events.rules import EventCancelled, EventNotFound, EventPast, NotYourEvent
from ..storage.group_commit import Interrupted, TooBusy
from . import discounts
from .holds import HoldCooldown
from .payment import PaymentMismatch, PaymentProviderUnavailable, PaymentRequired
from .rules import BookingCancelled, BookingNotFound, CancellationClosed, CustomerLimit, HoldExpired, NotOnSale, SoldOut
from .ticket_rules import AlreadyCheckedIn, BookingHeld, TicketCancelled, TicketNotFound, TooManyResends

OF_ATTEMPT = (PaymentMismatch, PaymentProviderUnavailable)  # where an open attempt to pay is closed first
IN_A_BATCH = (TooBusy, Interrupted)  # of requests that wait in the queue of an event

OF_SALE = (EventNotFound, EventCancelled, EventPast, NotOnSale, SoldOut, CustomerLimit, HoldCooldown)
BOOK = (*OF_SALE, *discounts.PROBLEMS, *IN_A_BATCH)
READ = (BookingNotFound,)
CANCEL = (BookingNotFound, CancellationClosed, HoldExpired, BookingHeld, AlreadyCheckedIn, *OF_ATTEMPT, *IN_A_BATCH)
CONFIRM = (BookingNotFound, BookingCancelled, EventCancelled, EventPast, HoldExpired, PaymentRequired, *IN_A_BATCH)
RESEND = (BookingNotFound, BookingHeld, BookingCancelled, HoldExpired, TooManyResends)
RESEND_OF_EVENT = (EventNotFound, NotYourEvent, *RESEND)
NAME = (BookingNotFound, TicketNotFound, TicketCancelled)
TRANSFER = (*NAME, BookingHeld, AlreadyCheckedIn, EventCancelled, EventPast, *IN_A_BATCH)
LIST_OF_EVENT = (EventNotFound, NotYourEvent)
READ_OF_EVENT = (EventNotFound, NotYourEvent, BookingNotFound)
CANCEL_OF_EVENT = (*READ_OF_EVENT, HoldExpired, EventCancelled, EventPast, AlreadyCheckedIn, *OF_ATTEMPT, *IN_A_BATCH)
CANCEL_EVENT = (EventNotFound, NotYourEvent, EventPast)
