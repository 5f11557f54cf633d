"""Builds the history of events."""

from ..accounts.names import AccountNames
from ..core import Core
from . import history_routes
from .history import History
from .history_store import HistoryStore
from .reader import EventReader


def build(core: Core, events: EventReader, names: AccountNames) -> History:
    """Build the history of events and register its route."""
    rows = HistoryStore(core.database["event_history"])
    core.keep(rows)
    history = History(rows, events, names)
    core.offer(history)
    core.api.register_blueprint(history_routes.blueprint)
    return history
