"""The demo data: organizers, their events, customers, their bookings and who waits for tickets.

Everything is created by the services, under the rules of the API. Ids are derived from names, so that running it again
finds what exists and adds what is missing.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.rules import HELD
from ..bookings.service import BookingService
from ..errors import Problem
from ..events.model import Event
from ..events.rules import EventCancelled
from ..events.schemas import EventCreate, EventUpdate
from ..events.service import EventService
from ..events.stock import Line
from ..http.services import Services
from ..jobs.outbox import Outbox
from ..waitlist.service import WaitlistService
from .demo_data import BOOKINGS, EVENTS, OPEN_EVENT, PEOPLE, SALE, WAITING


@dataclass(frozen=True)
class Filled:
    """What the database has of the demo now."""

    events: list[ObjectId]
    bookings: int  # without those that can be neither created nor found
    open_event: ObjectId
    begun: int  # events that have begun
    moved: int  # events that were given a new date
    made_at: datetime  # the oldest event


class World:
    """Fills a database with the demo data, once, however often it is run."""

    def __init__(
        self,
        accounts: AccountService,
        events: EventService,
        bookings: BookingService,
        waitlist: WaitlistService,
        clock: Callable[[], datetime],
    ):
        self._accounts = accounts
        self._events = events
        self._bookings = bookings
        self._waitlist = waitlist
        self._clock = clock

    @classmethod
    def of(cls, services: Services) -> "World":
        """Return the world of an application."""
        accounts, events, bookings = services[AccountService], services[EventService], services[BookingService]
        return cls(accounts, events, bookings, services[WaitlistService], services[Outbox].now)

    @staticmethod
    def id_of(name: str) -> ObjectId:
        """Return the id of whatever has this name in the demo, the same in every database."""
        return ObjectId(hashlib.sha256(f"demo {name}".encode()).digest()[:12])

    def fill(self, password: str, *, refresh: bool = False) -> Filled:
        """Create whatever does not exist yet; `refresh` gives existing events the dates of new ones, telling nobody.

        Raises `EmailTaken` if somebody else has an address of the demo.
        """
        for role, people in PEOPLE:
            for person in people:
                name, email = person["name"], person["email"]
                self._accounts.register(name, email, password, role, user_id=self.id_of(email), verified=True)
        events = {entry["title"]: self._put_on(entry) for entry in EVENTS}
        moved = sum(self._move(entry, events) for entry in EVENTS) if refresh else 0
        booked = sum(self._book(*entry, events) for entry in BOOKINGS)
        for wait in WAITING:
            self._wait(*wait, events)
        now = self._clock()
        return Filled(
            events=[event["_id"] for event in events.values()],
            bookings=booked,
            open_event=events[OPEN_EVENT]["_id"],
            begun=sum(event["date"] <= now for event in events.values()),
            moved=moved,
            made_at=min(event["created_at"] for event in events.values()),
        )

    def _put_on(self, entry: dict[str, Any]) -> Event:
        kept = ("title", "description", "venue", "timezone", "currency", "max_per_customer", "total_tickets", "status")
        shown = ("category", "tags", "image_url", "payment")
        fields = {name: entry[name] for name in (*kept, *shown) if name in entry} | self._dates(entry)
        kinds = entry.get("ticket_types", [])
        if kinds:
            fields["ticket_types"] = [self._without_sale(kind) | self._sale(kind) for kind in kinds]
        type_ids = iter([self.id_of(f"{entry['title']} {kind['name']}") for kind in kinds])
        loaded = EventCreate().load(fields)
        return self._events.create(self.id_of(entry["by"]), loaded, self.id_of(entry["title"]), type_ids.__next__)

    def _move(self, entry: dict[str, Any], events: dict[str, Event]) -> bool:
        """Give an event the dates that a new one would have; False for one that was cancelled, which stays as it is.

        Ticket types keep what was changed in them since, but for the times of their sale.
        """
        event = events[entry["title"]]
        sales = {kind["name"]: dict.fromkeys(SALE) | self._sale(kind) for kind in entry.get("ticket_types", [])}
        changes = self._dates(entry)
        if event["ticket_types"]:
            changes["ticket_types"] = [
                {"id": str(kind["_id"])} | sales.get(kind["name"], {}) for kind in event["ticket_types"]
            ]
        loaded = EventUpdate().load(changes)
        try:
            events[entry["title"]] = self._events.update(
                event["_id"], event["organizer_id"], loaded, check=lambda _event: None, notify=False
            )
        except EventCancelled:
            return False
        return True

    def _dates(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "in_hours" in entry:
            begins = self._clock().replace(microsecond=0) + timedelta(hours=entry["in_hours"])
        else:
            begins = self._day(entry["days"], ZoneInfo(entry["timezone"])).replace(hour=entry["hour"])
        return {"date": begins.isoformat(), "end_date": (begins + timedelta(hours=entry["hours"])).isoformat()}

    @staticmethod
    def _without_sale(kind: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in kind.items() if name != "sale"}

    def _sale(self, kind: dict[str, Any]) -> dict[str, Any]:
        given = zip(SALE, kind.get("sale", (None, None)), strict=True)
        return {name: self._day(days, ZoneInfo("UTC")).isoformat() for name, days in given if days is not None}

    def _day(self, days: int, zone: ZoneInfo) -> datetime:
        day = self._clock().astimezone(zone) + timedelta(days=days)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    def _book(self, email: str, title: str, wanted: dict[str | None, int], fate: str, events: dict[str, Event]) -> bool:
        """Whether it is as the list has it: what people did with it since, and what is past, stays."""
        types = {kind["name"]: kind["_id"] for kind in events[title]["ticket_types"]} | {None: None}
        customer, name = self.id_of(email), f"{email} {title}"
        try:
            booking = self._bookings.book(
                customer,
                events[title]["_id"],
                [Line(types[kind], quantity) for kind, quantity in wanted.items()],
                hold=fate.startswith(HELD),
                booking_id=self.id_of(name),
                idempotency_key=name,  # so that an existing booking is found
            )
            if fate == "cancelled":
                self._bookings.cancel(booking["_id"], customer)
            elif fate.endswith("then confirmed"):
                self._bookings.confirm(booking["_id"], customer)
        except Problem:
            return False
        return True

    def _wait(self, email: str, title: str, kind: str, quantity: int, least: int, events: dict[str, Event]) -> None:
        """Put somebody on the list of an event, unless they ever were, or nobody can wait for it any more."""
        types = {each["name"]: each["_id"] for each in events[title]["ticket_types"]}
        wanted = {"ticket_type_id": types.get(kind), "quantity": quantity, "min_quantity": least}
        entry_id = self.id_of(f"{email} waits for {title}")
        with suppress(Problem):
            self._waitlist.join(events[title]["_id"], self.id_of(email), wanted, entry_id, is_keyed=True)
