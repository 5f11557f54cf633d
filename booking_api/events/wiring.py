"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from . import history_wiring, presenting, staff_wiring
from .announcements import Announcements
from .calendar import Publisher
from .change_store import ChangeStore
from .inventory import Inventory
from .news import EventNews
from .organizers import RENAME, Organizers
from .payment import modes_offered
from .reader import EventReader
from .service import EventService
from .store import EventStore

__all__ = ["RENAME", "Events", "build"]


@dataclass(frozen=True)
class Events:
    """The parts of this package that other packages use."""

    service: EventService
    reader: EventReader
    inventory: Inventory
    announcements: Announcements
    publisher: Publisher
    organizers: Organizers
    changes: ChangeStore
    news: EventNews


def build(core: Core, accounts: Accounts) -> Events:
    """Build the parts of this package and register its routes."""
    events = EventStore(core.database["events"])
    core.keep(events)
    changes = ChangeStore(core.database["changes"])
    core.keep(changes)
    reader = EventReader(events)
    history = history_wiring.build(core, reader, accounts.names)
    news = EventNews(core.outbox, changes, history, core.clock, core.settings.update_notice_seconds)
    inventory = Inventory(events, news, core.clock)
    organizers = Organizers(events, accounts.names, core.transactions, core.clock)
    staff = staff_wiring.build(core, reader, accounts.service, history)
    service = EventService(
        events,
        staff,
        organizers,
        core.transactions,
        news,
        core.locks,
        core.clock,
        core.settings.max_events_per_organizer,
        modes_offered(core.settings),
    )
    core.offer(service, reader, organizers, inventory)
    publisher = presenting.build(core)
    announcements = Announcements(events, news.agenda)
    return Events(service, reader, inventory, announcements, publisher, organizers, changes, news)
