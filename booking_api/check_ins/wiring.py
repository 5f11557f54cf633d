"""Builds the parts of this package."""

from ..accounts.wiring import Accounts
from ..bookings.ticket_reader import TicketReader
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import routes
from .audit import CheckInAudit
from .service import CheckInService
from .snapshot import Snapshots
from .steps import LoadScans, WriteScans
from .store import ScanStore


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings) -> None:
    """Build the parts of this package, which joins the batches of sales, and register its routes."""
    scans = ScanStore(core.database["scans"])
    tickets = TicketReader(bookings.store.collection)
    core.keep(scans)
    bookings.batch_steps.join(LoadScans(scans), WriteScans(scans))
    core.offer(
        CheckInService(scans, tickets, events.reader, accounts.names, bookings.sales),
        Snapshots(
            tickets,
            events.changes,
            events.reader,
            accounts.names,
            clock=core.clock,
            page_seconds=core.settings.request_seconds,
        ),
        CheckInAudit(scans, tickets, events.reader, core.transactions),
    )
    core.api.register_blueprint(routes.blueprint)
