"""How events are put together."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from . import routes
from .service import EventService
from .store import EventStore


@dataclass(frozen=True)
class Events:
    """What other packages use of events."""

    service: EventService


def build(core: Core, accounts: Accounts) -> Events:
    """Events, over the core and accounts."""
    events = EventStore(core.database["events"])
    core.keep(events)
    service = EventService(
        events,
        accounts.service,
        core.transactions,
        core.outbox,
        core.locks,
        core.clock,
        core.settings.update_notice_seconds,
        core.settings.max_events_per_organizer,
    )
    core.offer(service)
    core.api.register_blueprint(routes.blueprint)
    return Events(service)
