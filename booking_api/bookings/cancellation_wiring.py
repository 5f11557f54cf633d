"""Builds what cancels whole events."""

from ..core import Core
from ..events.wiring import Events
from .cancellation import EventCancellation
from .holders import TicketHolders
from .live_bookings import LiveBookings
from .releases import Releases
from .store import BookingStore

__all__ = ["EventCancellation", "build"]


def build(
    core: Core, events: Events, bookings: BookingStore, holders: TicketHolders, releases: Releases
) -> EventCancellation:
    """Build it."""
    live = LiveBookings(
        bookings, events.inventory, core.transactions, core.locks, core.clock, holders.cancelled, releases
    )
    return EventCancellation(live, events.inventory, events.service, core.transactions, core.outbox, core.locks)
