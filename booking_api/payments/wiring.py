"""Builds the parts of this package."""

from dataclasses import dataclass

from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from . import provider_routes
from .administration import PaymentAdministration
from .batch_steps import AbandonAttempts, LoadPayments, WritePayments
from .jobs import PaymentJobs
from .lookups import Lookups
from .provider_events import ProviderEvents
from .providers.port import Provider
from .recording import PaymentRecords
from .service import PaymentService
from .states import ProviderStates
from .store import PaymentStore, StoredEventStore

__all__ = ["Payments", "Provider", "build"]


@dataclass(frozen=True)
class Payments:
    """The parts of this package that other packages use."""

    store: PaymentStore
    jobs: PaymentJobs
    events: ProviderEvents


def build(core: Core, events: Events, bookings: Bookings, provider: Provider | None) -> Payments:
    """Build what takes money, let it take part in sales, and register its routes; `refund_wiring` gives money back.

    Without a `provider` nobody pays over the internet.
    """
    payments = PaymentStore(core.database["payments"])
    messages = StoredEventStore(core.database["provider_events"])
    core.keep(payments, messages)
    bookings.batch_steps.join(LoadPayments(payments, bookings.store), WritePayments(payments, core.outbox))
    states = ProviderStates(provider, bookings.sales)
    service = PaymentService(payments, bookings.store, bookings.sales, states, Lookups())
    bookings.attempts.join(service.close)

    bookings.releases.join(AbandonAttempts(core.outbox).write)
    provider_events = ProviderEvents(messages, payments, provider, states, core.transactions, core.outbox, core.clock)
    jobs = PaymentJobs(payments, bookings.store, bookings.sales, states)
    records = PaymentRecords(payments, bookings.store, events.reader, bookings.sales)
    core.offer(service, records, provider_events, PaymentAdministration(payments, jobs, states))
    core.api.register_blueprint(provider_routes.blueprint)  # which has those of `routes` too
    return Payments(payments, jobs, provider_events)
