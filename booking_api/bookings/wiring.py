"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from ..events.wiring import Events
from . import after_sale_wiring, cancellation_wiring
from .audit import Audit
from .batch import Steps
from .batch_steps import steps
from .cancellation_wiring import EventCancellation, HoldExpiry
from .guest_store import GuestStore
from .links import TicketLinks
from .reader import BookingReader
from .releases import OpenAttempts, Releases
from .sales import Sales
from .service import BookingService
from .store import BookingStore

FINISH_CANCELLATION = "bookings.finish_cancellation"
EXPIRE_HOLD = "bookings.expire_hold"
QUEUE_SHARE = 0.3  # of the time of a request, which it may spend waiting in a queue


@dataclass(frozen=True)
class Bookings:
    """The parts of this package that other packages use."""

    service: BookingService
    store: BookingStore
    reader: BookingReader
    sales: Sales
    batch_steps: Steps
    releases: Releases
    attempts: OpenAttempts
    expiry: HoldExpiry
    cancellation: EventCancellation
    links: TicketLinks


def build(core: Core, accounts: Accounts, events: Events) -> Bookings:
    """Build the parts of this package and register its routes."""
    settings, clock, outbox = core.settings, core.clock, core.outbox
    bookings = BookingStore(core.database["bookings"])
    core.keep(bookings)
    releases, attempts = Releases(), OpenAttempts()
    batch_steps = steps(bookings, events.inventory, outbox, clock, releases)
    sales = Sales(
        batch_steps,
        core.transactions,
        core.locks,
        wait_seconds=settings.request_seconds * QUEUE_SHARE,
        queueing=settings.queueing,
    )
    service = BookingService(
        bookings,
        GuestStore(bookings.collection),
        events.reader,
        accounts.service,
        sales,
        events.publisher,
        clock,
        settings.hold_seconds,
        settings.max_held_tickets,
        attempts,
    )
    holders = after_sale_wiring.build(core, accounts, events, bookings, sales, attempts)
    expiry = cancellation_wiring.expiry(core, bookings, sales)
    cancellation = cancellation_wiring.build(core, events, bookings, holders, releases)

    audit = Audit(bookings, events.reader, core.transactions, clock)
    core.offer(service, sales, batch_steps, releases, cancellation, audit)
    # A host that the caller names is never believed: without `PUBLIC_URL` links lead to this machine.
    links = TicketLinks(settings.public_url or settings.local_url)
    core.offer(links)
    reader = BookingReader(bookings.collection)
    return Bookings(service, bookings, reader, sales, batch_steps, releases, attempts, expiry, cancellation, links)
