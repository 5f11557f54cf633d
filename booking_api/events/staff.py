"""Who works for an event besides its organizer: managers, who may do nearly all, and scanners, who work at its door."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..accounts.rules import UserNotFound, email_key
from ..accounts.service import AccountService
from ..storage.client import Transactions, UnitOfWork
from ..storage.sort import Page, Position, Sort
from . import permissions, staff_rules
from .history import History
from .model import Event, StaffMember
from .permissions import OWNER
from .reader import EventReader
from .staff_store import StaffStore

AS_ADDED = Sort("staff")


class EventStaff:
    """Adds people to the staff of an event, removes them and lists them; all is for its organizer alone.

    A change counts from its commit, on every worker: permissions are asked about the event as it is stored.
    """

    def __init__(
        self,
        staff: StaffStore,
        events: EventReader,
        accounts: AccountService,
        history: History,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._staff = staff
        self._events = events
        self._accounts = accounts
        self._history = history
        self._transactions = transactions
        self._clock = clock

    def put(self, event_id: ObjectId, caller_id: ObjectId, email: str, role: str) -> dict[str, Any]:
        """Give the account with this email a role, instead of any that it has; return it with its role.

        Raises `EventNotFound`, `NotYourEvent`, `UserNotFound`, `OrganizerNeedsNoRole` and `TooManyStaff`.
        """
        # Only an organizer may ask which accounts exist.
        self._events.require(OWNER, event_id, caller_id)
        user_id = self._accounts.find_id(email_key(email))
        user = self._accounts.people([user_id]).get(user_id) if user_id else None
        if user is None:
            raise UserNotFound("No account has this email.")

        def attempt(unit: UnitOfWork) -> None:
            event = self._read(unit, event_id, caller_id)
            if user["_id"] == event["organizer_id"]:
                raise staff_rules.OrganizerNeedsNoRole
            self._change(unit, event, caller_id, staff_rules.with_member(_of(event), user["_id"], role))

        self._transactions.run(attempt)
        return {"user": user, "role": role}

    def remove(self, event_id: ObjectId, caller_id: ObjectId, user_id: ObjectId) -> None:
        """Take somebody off the staff; raises `EventNotFound`, `NotYourEvent` and `NotOnStaff`."""

        def attempt(unit: UnitOfWork) -> None:
            event = self._read(unit, event_id, caller_id)
            self._change(unit, event, caller_id, staff_rules.without_member(_of(event), user_id))

        self._transactions.run(attempt)

    def of_event(
        self, event_id: ObjectId, caller_id: ObjectId, limit: int, after: Position | None
    ) -> Page[dict[str, Any]]:
        """Return a page of an event's staff in the order in which they were added, without accounts that are gone.

        Raises `EventNotFound` and `NotYourEvent`.
        """
        staff = _of(self._events.require(OWNER, event_id, caller_id))
        people = self._accounts.people(each["user_id"] for each in staff)
        page = _page_of([each for each in staff if each["user_id"] in people], limit, after)
        return Page([{"user": people[each["user_id"]], "role": each["role"]} for each in page.items], page.end)

    def _read(self, unit: UnitOfWork, event_id: ObjectId, caller_id: ObjectId) -> Event:
        return permissions.require(OWNER, self._events.find(unit, event_id), caller_id)

    def _change(self, unit: UnitOfWork, event: Event, caller_id: ObjectId, staff: list[StaffMember]) -> None:
        before = {each["user_id"]: each for each in _of(event)}
        after = {each["user_id"]: each for each in staff}
        changed = [user_id for user_id in before | after if before.get(user_id) != after.get(user_id)]
        if changed:
            self._staff.set(event["_id"], staff, unit.session)
        for user_id in changed:
            self._history.staff_changed(unit, caller_id, event, before.get(user_id), after.get(user_id), self._clock())


def _of(event: Event) -> list[StaffMember]:
    return event.get("staff", [])


def _page_of(staff: Sequence[StaffMember], limit: int, after: Position | None) -> Page[StaffMember]:
    """Return up to `limit` of the staff, those after a position; it counts places where who had it has left since."""
    first = 0
    if after is not None:
        places = [each["user_id"] for each in staff]
        place = after.value if isinstance(after.value, int) else 0  # a cursor comes from outside
        first = places.index(after.id) + 1 if after.id in places else max(0, place)
    items = list(staff[first : first + limit])
    more = first + limit < len(staff)
    return Page(items, Position(first + limit - 1, items[-1]["user_id"]) if more else None)
