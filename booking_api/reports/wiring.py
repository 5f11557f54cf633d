"""Builds the parts of this package."""

from ..accounts.wiring import Accounts
from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from ..waitlist.wiring import Waitlist
from . import routes
from .counting import EventCounting
from .service import AttendeeLists
from .slots import Slots

MOST_FILES = 2  # at once, in each process: each occupies a thread
# Of the time of a request. A worker cuts an answer that takes six times as long; a file ends before, by itself.
FILE_SHARE = 5


def build(core: Core, accounts: Accounts, events: Events, bookings: Bookings, waitlist: Waitlist) -> None:
    """Build the parts of this package and register its routes."""
    seconds = core.settings.request_seconds
    lists = AttendeeLists(
        events.reader,
        bookings.reader,
        accounts.service,
        Slots(MOST_FILES),
        page_seconds=seconds,
        file_seconds=seconds * FILE_SHARE,
    )
    counting = EventCounting(events.reader, bookings.reader, waitlist.store, core.transactions, core.clock, seconds)
    core.offer(lists, counting)
    core.api.register_blueprint(routes.blueprint)
