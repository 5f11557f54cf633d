"""Builds what follows a sale: what organizers do with bookings, and customers with their tickets."""

from ..accounts.wiring import Accounts
from ..core import Core
from ..events.wiring import Events
from . import (  # noqa: F401 (they add routes)
    attendance_routes,
    changing_routes,
    examples,
    routes,
    ticket_routes,
)
from .attendance import EventBookings
from .holders import TicketHolders
from .releases import OpenAttempts
from .resending import Resending
from .sales import Sales
from .store import BookingStore
from .ticket_store import TicketStore


def build(
    core: Core, accounts: Accounts, events: Events, bookings: BookingStore, sales: Sales, attempts: OpenAttempts
) -> TicketHolders:
    """Build it, and register its routes with all others of bookings; return what an event's cancel needs of it."""
    tickets = TicketStore(bookings.collection)
    holders = TicketHolders(bookings, tickets, core.transactions, sales, core.outbox, core.clock)
    core.offer(
        EventBookings(bookings, events.reader, accounts.service, sales, attempts, core.clock),
        holders,
        Resending(tickets, events.reader, core.transactions, core.outbox, core.clock),
    )
    core.api.example_ids["booking_id"] = examples.BOOKING["id"]
    core.api.example_ids["ticket_id"] = examples.NAMED["id"]
    core.api.register_blueprint(routes.blueprint)
    return holders
