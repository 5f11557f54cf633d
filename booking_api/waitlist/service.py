"""What can be done with waiting lists."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.sales import Sales
from ..events.agenda import Agenda
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..jobs.model import Job
from ..storage.client import Transactions
from ..storage.sort import Page, Position
from .closing import Closing
from .model import Entry
from .positions import Positions
from .queue import Joined, Served
from .requests import JoinWaitlist, LeaveWaitlist, ServeWaitlist
from .rules import WAITING, NotWaiting
from .store import WaitlistStore

LONGEST_RUN = 30.0  # seconds, after which a job is begun anew: its lease is 60


class WaitlistService:
    """Joins, leaves, shows and serves waiting lists."""

    def __init__(
        self,
        entries: WaitlistStore,
        positions: Positions,
        events: EventReader,
        accounts: AccountService,
        sales: Sales,
        transactions: Transactions,
        agenda: Agenda,
        closing: Closing,
        clock: Callable[[], datetime],
    ):
        self._entries = entries
        self._positions = positions
        self._events = events
        self._accounts = accounts
        self._sales = sales
        self._transactions = transactions
        self._agenda = agenda
        self._closing = closing
        self._clock = clock

    def join(
        self, event_id: ObjectId, customer_id: ObjectId, wanted: dict[str, Any], entry_id: ObjectId, *, is_keyed: bool
    ) -> dict[str, Any]:
        """Put a customer at the end of an event's list, as `WaitlistJoin` has it; return the entry with its position.

        With a key (`is_keyed`), the entry with this id is returned if an earlier attempt has made it. Raises
        `EventNotFound`, `EventCancelled`, `EventPast`, `NotOnSale`, `CustomerLimit`, `TicketsAvailable`,
        `AlreadyWaiting`, `HoldCooldown`, `WaitlistFull`, and `ValidationFailed` over a limit.
        """
        request = JoinWaitlist(
            customer_id,
            entry_id,
            wanted["ticket_type_id"],
            wanted["quantity"],
            wanted["min_quantity"],
            is_keyed=is_keyed,
        )
        joined = cast(Joined, self._sales.apply(event_id, request))
        return self._shown(joined.entry, joined.position)

    def read(self, event_id: ObjectId, customer_id: ObjectId) -> dict[str, Any]:
        """Return a customer's latest entry with its position; raises `NotWaiting`."""
        entry = self._entries.find_latest(event_id, customer_id)
        if entry is None:
            raise NotWaiting
        return self._shown(entry)

    def leave(self, event_id: ObjectId, customer_id: ObjectId) -> None:
        """Take a customer off an event's list, or decline what it offers them; raises `NotWaiting`."""
        entry = self._entries.find_latest(event_id, customer_id)
        if entry is None or not entry["open"]:
            raise NotWaiting
        self._sales.apply(event_id, LeaveWaitlist(customer_id))

    def leave_all(self, customer_id: ObjectId) -> None:
        """Take a customer off all lists who was banned, and could accept no offer while others wait for it."""
        for event_id in self._entries.find_events_of(customer_id):
            with suppress(NotWaiting):  # it has just ended
                self._sales.apply(event_id, LeaveWaitlist(customer_id))

    def entries(
        self, event_id: ObjectId, caller_id: ObjectId, query: dict[str, Any], after: Position | None
    ) -> Page[dict[str, Any]]:
        """Return a page of an event's list with who is on it; raises `EventNotFound` and `NotYourEvent`."""
        self._events.require(MANAGER, event_id, caller_id)
        page = self._entries.find_page(event_id, query.get("status"), query["limit"], after)
        people = self._accounts.people(entry["customer_id"] for entry in page.items)
        shown = [self._shown(entry) | {"customer": people.get(entry["customer_id"])} for entry in page.items]
        return Page(shown, page.end)

    def by_id(self, entry_ids: list[ObjectId]) -> dict[ObjectId, Entry]:
        """Return the entries with these ids that exist, without their positions."""
        return self._entries.by_id(entry_ids)

    def serve(self, job: Job) -> None:
        """Look through an event's list, a part in each transaction; the job of whatever may let somebody have tickets.

        It also comes when a sale ends or begins, and puts itself off to the next time.
        """
        event_id = job["payload"]["event_id"]
        latest = time.monotonic() + LONGEST_RUN
        while (served := cast(Served, self._sales.apply(event_id, ServeWaitlist()))).more:
            if time.monotonic() > latest:
                self._transactions.run(lambda unit: self._agenda.serve_waitlist(unit, event_id, self._clock()))
                return
        if not served.has_event:
            self._closing.close(event_id, job["payload"].get("event"))

    def _shown(self, entry: Entry, position: int | None = None) -> dict[str, Any]:
        waits = entry["status"] == WAITING
        if waits and position is None:
            position = self._positions.of(entry["event_id"], entry["number"])
        return {**entry, "position": position if waits else None}
