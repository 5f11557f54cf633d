"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..core import Core
from . import calendar_routes, examples, titles
from .announcements import Announcements
from .calendar import Publisher
from .change_store import ChangeStore
from .inventory import Inventory
from .news import EventNews
from .organizers import Organizers
from .reader import EventReader
from .service import EventService
from .store import EventStore
from .structured_data import StructuredData


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
    titles.prepare()
    events = EventStore(core.database["events"])
    core.keep(events)
    changes = ChangeStore(core.database["changes"])
    core.keep(changes)
    news = EventNews(core.outbox, changes, core.clock, core.settings.update_notice_seconds)
    inventory = Inventory(events, news, core.clock)
    organizers = Organizers(events, accounts.names, core.transactions)
    service = EventService(
        events,
        organizers,
        core.transactions,
        news,
        core.locks,
        core.clock,
        core.settings.max_events_per_organizer,
    )
    publisher = Publisher.of(core.settings.sender, core.settings.frontend_url)
    core.offer(service, organizers, inventory, publisher, StructuredData(publisher.page_of, core.clock))
    core.api.register_blueprint(calendar_routes.blueprint)
    core.api.example_ids["event_id"] = examples.EVENT["id"]
    announcements = Announcements(events, news.agenda)
    return Events(service, EventReader(events), inventory, announcements, publisher, organizers, changes, news)
