"""The problems that each operation on events may raise, in addition to those of all views of its kind."""

from ..http.etag import StaleVersion
from .code_rules import CodeExhausted, CodeExpired, CodeUnknown
from .rules import (
    EventCancelled,
    EventHasBookings,
    EventNotFound,
    EventPast,
    ListInUse,
    NotYourEvent,
    TicketsAlreadySold,
    TooManyEvents,
)

CREATE = (TooManyEvents,)
READ = (EventNotFound, CodeUnknown, CodeExpired, CodeExhausted)
OF_EVENT = (EventNotFound, NotYourEvent)
UPDATE = (*OF_EVENT, EventCancelled, TicketsAlreadySold, EventHasBookings, ListInUse, StaleVersion)
PUBLISH = (*OF_EVENT, EventCancelled, EventPast)
DELETE = (*OF_EVENT, EventHasBookings)
