"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from . import history_wiring, presenting
from .agenda import Agenda
from .announcements import Announcements
from .calendar import Publisher
from .inventory import Inventory
from .organizers import Organizers
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
    publisher: Publisher
    organizers: Organizers


def build(core: Core, accounts: Accounts) -> Events:
    """Build the parts of this package and register its routes."""
    events = EventStore(core.database["events"])
    core.keep(events)
    reader = EventReader(events)
    history = history_wiring.build(core, reader, accounts.names)
    agenda = Agenda(core.outbox, core.clock, core.settings.update_notice_seconds)
    releases = Releases(core.outbox)
    inventory = Inventory(events, agenda, releases, history, core.clock)
    organizers = Organizers(events, accounts.names, core.transactions)
    service = EventService(
        events,
        organizers,
        core.transactions,
        agenda,
        releases,
        history,
        core.locks,
        core.clock,
        core.settings.max_events_per_organizer,
    )
    core.offer(service, organizers, inventory)
    publisher = presenting.build(core)
    return Events(service, reader, inventory, Announcements(events, agenda), publisher, organizers)
