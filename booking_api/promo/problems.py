"""The problems that each operation on promo codes may raise, in addition to those of all views of its kind."""

from ..bookings.discounts import PROBLEMS
from ..events.rules import EventCancelled, EventNotFound, EventPast, NotYourEvent
from ..http.etag import StaleVersion
from .rules import CodeNotFound, CodeTaken, CodeUsedMore, TooManyCodes

LIST = (EventNotFound, NotYourEvent)
CREATE = (*LIST, CodeTaken, TooManyCodes)
READ = (*LIST, CodeNotFound)
UPDATE = (*READ, CodeTaken, CodeUsedMore, StaleVersion)
QUOTE = (EventNotFound, EventCancelled, EventPast, *PROBLEMS)
