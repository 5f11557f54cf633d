"""Builds the parts of this package."""

from ..bookings.code_uses import CodeUses
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import examples, quote_routes, routes  # noqa: F401 (it adds a route)
from .audit import PromoAudit
from .batch_steps import LoadCodes, WriteUses
from .quote import QuoteService
from .repair import UsesRepair
from .service import CodeService
from .store import CodeStore


def build(core: Core, events: Events, bookings: Bookings) -> None:
    """Build the parts of this package, let codes take part in sales, and register its routes."""
    codes, uses = CodeStore(core.database["promo_codes"]), CodeUses(bookings.store.collection)
    core.keep(codes)
    writer = WriteUses(codes)
    bookings.batch_steps.join(LoadCodes(codes, uses), writer)
    bookings.releases.join(writer.give_back)
    events.news.when_deleted(lambda unit, event_id: codes.delete_of_event(event_id, unit.session))
    quotes = QuoteService(codes, uses, events.reader, core.clock)
    events.service.unlock = quotes.unlock
    core.offer(
        CodeService(codes, events.reader, core.transactions, core.locks, core.clock),
        quotes,
        PromoAudit(codes, uses, core.transactions),
        UsesRepair(codes, uses, core.transactions),
    )
    core.api.example_ids["code_id"] = examples.CODE["id"]
    core.api.register_blueprint(routes.blueprint)
