"""What may go wrong where somebody joins a waiting list."""

from ..bookings.holds import HoldCooldown
from ..bookings.problems import IN_A_BATCH
from ..bookings.rules import CustomerLimit, NotOnSale
from ..events.rules import EventCancelled, EventNotFound, EventPast
from .rules import AlreadyWaiting, TicketsAvailable, WaitlistFull

JOIN = (
    *(EventNotFound, EventCancelled, EventPast, NotOnSale, CustomerLimit, HoldCooldown),
    *(TicketsAvailable, AlreadyWaiting, WaitlistFull, *IN_A_BATCH),
)
