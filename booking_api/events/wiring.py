"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from . import examples, routes
from .agenda import Agenda
from .announcements import Announcements
from .inventory import Inventory
from .reader import EventReader
from .releases import Releases
from .service import EventService
from .store import EventStore


@dataclass(frozen=True)
class Events:
    """The parts of this package that other packages use."""

    service: EventService
    reader: EventReader
    inventory: Inventory
    announcements: Announcements


def build(core: Core, accounts: Accounts) -> Events:
    """Build the parts of this package and register its routes."""
    events = EventStore(core.database["events"])
    core.keep(events)
    agenda = Agenda(core.outbox, core.clock, core.settings.update_notice_seconds)
    releases = Releases(core.outbox)
    inventory = Inventory(events, agenda, releases, core.clock)
    service = EventService(
        events,
        accounts.service,
        core.transactions,
        agenda,
        releases,
        core.locks,
        core.clock,
        core.settings.max_events_per_organizer,
    )
    core.offer(service, inventory)
    core.api.register_blueprint(routes.blueprint)
    core.api.example_ids["event_id"] = examples.EVENT["id"]
    return Events(service, EventReader(events), inventory, Announcements(events, agenda))
