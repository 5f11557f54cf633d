"""Builds what follows a sale: what organizers do with bookings, and customers with their tickets."""

from ..accounts.wiring import Accounts
from ..core import Core
from ..events.wiring import Events
from . import attendance_routes, routes, ticket_routes  # noqa: F401 (two of them add to the routes of the third)
from .attendance import EventBookings
from .resending import Resending
from .sales import Sales
from .store import BookingStore


def build(core: Core, accounts: Accounts, events: Events, bookings: BookingStore, sales: Sales) -> None:
    """Build it, and register its routes with all others of bookings."""
    core.offer(
        EventBookings(bookings, events.reader, accounts.service, sales),
        Resending(bookings, events.reader, core.transactions, core.outbox, core.clock),
    )
    core.api.register_blueprint(routes.blueprint)
