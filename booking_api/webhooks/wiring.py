"""Builds the parts of this package."""

from dataclasses import dataclass

from ..core import Core
from ..events.wiring import Events
from ..jobs.schedule import Schedule
from . import examples, jobs, routes
from .agenda import Agenda
from .delivery_service import DeliveryService
from .following import Following
from .jobs import Jobs
from .receivers import Receivers, outside
from .sealed_secrets import SecretSealer
from .service import WebhookService
from .signing_keys import SigningKeys
from .store import WebhookStore
from .stores import Stores

__all__ = ["Receivers", "Webhooks", "build"]


@dataclass(frozen=True)
class Webhooks:
    """The parts of this package that other packages use."""

    store: WebhookStore
    jobs: Jobs


def build(core: Core, events: Events, receivers: Receivers | None) -> Webhooks:
    """Build the parts of this package, register its routes, and tell the feed who is followed.

    Without `receivers` those of the world outside are called.
    """
    receivers = receivers or outside(core.settings)
    stores = Stores.of(core.database)
    core.keep(stores.webhooks, stores.cursors, stores.deliveries)
    following = Following(stores.webhooks.followed)
    events.news.feed.is_followed = following.is_followed
    agenda = Agenda(stores.webhooks, stores.deliveries, Schedule(core.outbox), core.transactions, core.clock)
    sealer = SecretSealer(core.settings.jwt_secrets)
    keys = SigningKeys(receivers.signing, sealer, stores.webhooks, core.clock)
    service = WebhookService(
        stores.webhooks,
        stores.cursors,
        events.changes,
        events.reader,
        keys,
        receivers.targets,
        agenda,
        core.outbox,
        core.transactions,
        core.clock,
        following.ask_again,
    )
    core.offer(service, DeliveryService(stores.webhooks, stores.deliveries, agenda, core.clock))
    core.api.register_blueprint(routes.blueprint)
    core.api.example_ids["webhook_id"] = examples.WEBHOOK["id"]
    core.api.example_ids["delivery_id"] = examples.DELIVERY["id"]
    return Webhooks(stores.webhooks, jobs.build(core, events, stores, agenda, keys, receivers))
