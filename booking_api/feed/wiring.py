"""Builds the parts of this package."""

from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import routes
from .audit import FeedAudit
from .repair import FeedRepair
from .service import FeedService


def build(core: Core, events: Events, bookings: Bookings) -> None:
    """Build the parts of this package and register its route."""
    audit = FeedAudit(events.changes, bookings.reader, events.reader, core.transactions, core.clock)
    repair = FeedRepair(audit, bookings.reader, events.inventory, core.transactions)
    core.offer(FeedService(events.changes, events.reader), audit, repair)
    core.api.register_blueprint(routes.blueprint)
