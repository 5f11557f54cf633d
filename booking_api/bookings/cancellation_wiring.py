"""Builds what cancels whole events, and what ends holds."""

from ..core import Core
from ..events.wiring import Events
from . import cancellation_routes  # noqa: F401 (it adds a route)
from .cancellation import EventCancellation
from .expiring import HoldExpiry
from .holders import TicketHolders
from .live_bookings import LiveBookings
from .releases import Releases
from .sales import Sales
from .store import BookingStore

__all__ = ["EventCancellation", "HoldExpiry", "build", "expiry"]


def expiry(core: Core, bookings: BookingStore, sales: Sales) -> HoldExpiry:
    """Build what ends holds."""
    ends = HoldExpiry(bookings, sales)
    core.offer(ends)
    return ends


def build(
    core: Core, events: Events, bookings: BookingStore, holders: TicketHolders, releases: Releases
) -> EventCancellation:
    """Build it."""
    live = LiveBookings(
        bookings, events.inventory, core.transactions, core.locks, core.clock, holders.cancelled, releases
    )
    return EventCancellation(live, events.inventory, events.service, core.transactions, core.outbox, core.locks)
