"""Builds the staff of events."""

from ..accounts.service import AccountService
from ..core import Core
from . import examples, staff_routes
from .history import History
from .reader import EventReader
from .staff import EventStaff
from .staff_store import StaffStore


def build(core: Core, events: EventReader, accounts: AccountService, history: History) -> StaffStore:
    """Build the staff of events and register its routes; return its store."""
    staff = StaffStore(core.database["events"])
    core.offer(EventStaff(staff, events, accounts, history, core.transactions, core.clock))
    core.api.register_blueprint(staff_routes.blueprint)
    core.api.example_ids["user_id"] = examples.STAFF_MEMBER["user"]["id"]
    return staff
