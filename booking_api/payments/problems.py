"""The problems that each operation on payments may raise, in addition to those of all views of its kind."""

from ..bookings.payment import PaymentMismatch, PaymentProviderUnavailable
from ..bookings.problems import IN_A_BATCH, READ_OF_EVENT
from ..bookings.rules import BookingCancelled, BookingNotFound, HoldExpired
from ..events.rules import EventCancelled, EventPast
from ..http.problems import RouteNotFound
from .rules import AlreadyPaid, InvalidWebhook, PaymentNotManual, PaymentNotOnline, PaymentRefused

PAY = (
    *(BookingNotFound, PaymentNotOnline, AlreadyPaid, HoldExpired, BookingCancelled, EventCancelled, EventPast),
    *(PaymentRefused, PaymentMismatch, PaymentProviderUnavailable, *IN_A_BATCH),
)
READ = (BookingNotFound,)
RECORD = (*READ_OF_EVENT, PaymentNotManual, AlreadyPaid, *IN_A_BATCH)
LIST_OF_EVENT = READ_OF_EVENT
RECEIVE = (InvalidWebhook, RouteNotFound)
