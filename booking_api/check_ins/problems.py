"""The problems that each operation at the door may raise, in addition to those of all views of its kind."""

from ..bookings.ticket_rules import AlreadyCheckedIn, TicketCancelled, TicketNotFound, TicketRevoked
from ..events.rules import EventNotFound, NotYourEvent
from ..storage.group_commit import Interrupted, TooBusy
from .rules import NonceReused, SnapshotsBusy, TicketHeld

OF_EVENT = (EventNotFound, NotYourEvent)
BULK = (*OF_EVENT, TooBusy, Interrupted)
CHECK_IN = (*BULK, TicketNotFound, TicketRevoked, TicketCancelled, TicketHeld, AlreadyCheckedIn, NonceReused)
UNDO = (*BULK, TicketNotFound)
SNAPSHOT = (*OF_EVENT, SnapshotsBusy)
