"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import routes
from .audit import WaitlistAudit
from .batch_steps import LoadEntries, OfferTickets, WriteEntries
from .closing import Closing
from .positions import Positions
from .service import WaitlistService
from .store import WaitlistStore

SERVE = "waitlist.serve"


@dataclass(frozen=True)
class Waitlist:
    """The parts of this package that other packages use."""

    service: WaitlistService
    store: WaitlistStore


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings) -> Waitlist:
    """Build the parts of this package, let them take part in sales, and register its routes."""
    entries = WaitlistStore(core.database["waitlist"])
    core.keep(entries)
    agenda = events.news.agenda
    bookings.batch_steps.join(
        LoadEntries(entries, bookings.store),
        WriteEntries(entries, core.outbox, agenda),
        settler=OfferTickets(entries, bookings.store, core.settings.offer_seconds),
    )
    service = WaitlistService(
        entries,
        Positions(entries),
        events.reader,
        accounts.service,
        bookings.sales,
        core.transactions,
        agenda,
        Closing(entries, core.transactions, core.outbox, core.clock),
        core.clock,
    )
    audit = WaitlistAudit(entries, bookings.store, events.reader, core.transactions, core.clock)
    core.offer(service, audit)
    core.api.register_blueprint(routes.blueprint)
    accounts.administration.when_banned(service.leave_all)
    return Waitlist(service, entries)
