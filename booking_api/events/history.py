"""Who changed what about an event, for its organizer and its managers.

A row is written in the transaction of each change, so there is one for every change that was made and none for any
that was refused. Sales change no row: bookings tell of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..accounts.names import AccountNames
from ..auth.permissions import Actor, Operator
from ..storage.client import UnitOfWork
from ..storage.sort import Page, Position
from .changes import EVENT_CANCELLED, EVENT_CREATED, EVENT_PUBLISHED, EVENT_UPDATED
from .history_store import HistoryStore
from .model import Event, HistoryRow, StaffMember
from .payment import DUE_HOURS, NONE
from .permissions import MANAGER
from .reader import EventReader
from .rules import DEFAULT_LISTS
from .waiting import FIRST_FIT

STAFF_ADDED, STAFF_CHANGED, STAFF_REMOVED = "staff.added", "staff.changed", "staff.removed"
ACTIONS = (
    *(EVENT_CREATED, EVENT_UPDATED, EVENT_PUBLISHED, EVENT_CANCELLED),
    *(STAFF_ADDED, STAFF_CHANGED, STAFF_REMOVED),
)
# What organizers can change, and what becomes of the event. The rest of it follows from this, or from sales.
RECORDED = (
    "title",
    "description",
    "date",
    "end_date",
    "sale_starts",
    "sale_ends",
    "cancel_until",
    "venue",
    "timezone",
    "currency",
    "total_tickets",
    "max_per_booking",
    "max_per_customer",
    "ticket_types",
    "category",
    "tags",
    "image_url",
    "check_in_lists",
    "waitlist_policy",
    "payment",
    "payment_due_hours",
    "refund_on_cancel",
    "status",
    "cancel_reason",
)
# What a missing field means where that is not None
EMPTY: dict[str, Any] = {
    "ticket_types": [],
    "tags": [],
    "check_in_lists": [*DEFAULT_LISTS],
    "waitlist_policy": FIRST_FIT,
    "payment": NONE,
    "payment_due_hours": DUE_HOURS,
    "refund_on_cancel": True,
}
MOST_ROWS = 1000  # of an event: its latest


class History:
    """Records the changes of events, each in the transaction of its `unit`, and shows them."""

    def __init__(self, rows: HistoryStore, events: EventReader, names: AccountNames):
        self._rows = rows
        self._events = events
        self._names = names

    def created(self, unit: UnitOfWork, actor: Actor, event: Event) -> None:
        """Record that an event was made."""
        self._record(unit, actor, EVENT_CREATED, None, event)

    def updated(self, unit: UnitOfWork, actor: Actor, before: Event, after: Event) -> None:
        """Record what an edit has changed, if anything."""
        self._record(unit, actor, EVENT_UPDATED, before, after)

    def published(self, unit: UnitOfWork, actor: Actor, before: Event, after: Event) -> None:
        """Record that a draft was published."""
        self._record(unit, actor, EVENT_PUBLISHED, before, after)

    def cancelled(self, unit: UnitOfWork, actor: Actor, before: Event, after: Event) -> None:
        """Record that an event was cancelled."""
        self._record(unit, actor, EVENT_CANCELLED, before, after)

    def staff_changed(
        self,
        unit: UnitOfWork,
        actor: Actor,
        event: Event,
        before: StaffMember | None,
        after: StaffMember | None,
        at: datetime,
    ) -> None:
        """Record that somebody was added to the staff of an event, got another role or was removed."""
        row: HistoryRow = {
            "_id": ObjectId(),
            "event_id": event["_id"],
            "version": event["version"],
            "at": at,
            "actor": None if isinstance(actor, Operator) else actor,
            "action": STAFF_ADDED if before is None else STAFF_REMOVED if after is None else STAFF_CHANGED,
            "before": {"staff": before},
            "after": {"staff": after},
        }
        self._rows.insert(row, unit.session)
        # The version of the event stays, so there may be any number of them at one version.
        self._rows.delete_but_latest(event["_id"], MOST_ROWS, unit.session)

    def forget(self, unit: UnitOfWork, event_id: ObjectId) -> None:
        """Delete the history of an event that is deleted."""
        self._rows.delete(event_id, unit.session)

    def of_event(
        self, event_id: ObjectId, caller_id: Actor, limit: int, after: Position | None
    ) -> Page[dict[str, Any]]:
        """Return a page of an event's changes, the latest first, with the present names of who has made them.

        Raises `EventNotFound` and `NotYourEvent`.
        """
        self._events.require(MANAGER, event_id, caller_id)
        page = self._rows.find(event_id, limit, after)
        return Page(self._with_actors(page.items), page.end)

    def _record(self, unit: UnitOfWork, actor: Actor, action: str, before: Event | None, after: Event) -> None:
        old, new = differences(before or {}, after)
        if not new:
            return
        row: HistoryRow = {
            "_id": ObjectId(),
            "event_id": after["_id"],
            "version": after["version"],
            "at": after["updated_at"],
            "actor": None if isinstance(actor, Operator) else actor,
            "action": action,
            "before": old if before else None,
            "after": new,
        }
        self._rows.insert(row, unit.session)
        if after["version"] > MOST_ROWS:
            self._rows.delete(after["_id"], unit.session, up_to=after["version"] - MOST_ROWS)

    def _with_actors(self, rows: Sequence[HistoryRow]) -> list[dict[str, Any]]:
        names = self._names.of(row["actor"] for row in rows if row["actor"])
        return [{**row, "actor": _actor(row["actor"], names)} for row in rows]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the recorded fields whose values differ, as they were before and as they are after. Pure."""
    old, new = _recorded(before), _recorded(after)
    changed = [name for name in RECORDED if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def _recorded(event: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: event.get(name, EMPTY.get(name)) for name in RECORDED}
    # How many are left of a type changes with each sale.
    types = [{name: value for name, value in each.items() if name != "available"} for each in fields["ticket_types"]]
    return fields | {"ticket_types": types}


def _actor(account_id: ObjectId | None, names: Mapping[ObjectId, str]) -> dict[str, Any]:
    if account_id is None:
        return {"type": "operator", "_id": None, "name": None}
    return {"type": "user", "_id": account_id, "name": names.get(account_id)}
