"""Tickets as the door needs them: found by what was scanned, and all those of an event with their codes."""

from collections.abc import Collection as CollectionOf
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import Booking
from .reader import OLDEST_FIRST
from .rules import EXPIRED
from .transfers import hash_of

LAST_NAMED_LAST = Sort("named_at")
FOUND = {"event_id": 1, "tickets._id": 1, "tickets.code": 1}
REVOKED = {"event_id": 1, "tickets._id": 1, "tickets.revoked_codes": 1}
SHOWN = {"event_id": 1, "created_at": 1, "customer_id": 1, "status": 1, "tickets": 1}


class Found(NamedTuple):
    """A ticket that was found; `revoked` if it was by a code that it had before."""

    booking_id: ObjectId
    ticket_id: ObjectId
    revoked: bool = False


class TicketReader:
    """Reads tickets of events with their codes; the indexes are those of `BookingStore`."""

    def __init__(self, bookings: Collection[Booking]):
        self._bookings = bookings

    def by_codes(self, event_id: ObjectId, codes: CollectionOf[str]) -> dict[str, Found]:
        """Return the tickets of an event that have these codes, or had them before they were given away, by code."""
        if not codes:
            return {}
        found: dict[str, Found] = {}
        for booking in self._bookings.find({"tickets.code": {"$in": list(codes)}}, FOUND):
            if booking["event_id"] == event_id:
                found |= {each["code"]: Found(booking["_id"], each["_id"]) for each in booking["tickets"]}
        dead = {hash_of(code): code for code in codes if code not in found}
        if dead:
            for booking in self._bookings.find({"tickets.revoked_codes": {"$in": list(dead)}}, REVOKED):
                if booking["event_id"] == event_id:
                    found |= {
                        dead[digest]: Found(booking["_id"], each["_id"], revoked=True)
                        for each in booking["tickets"]
                        for digest in dead.keys() & set(each.get("revoked_codes", []))
                    }
        return found

    def by_ids(self, event_id: ObjectId, ticket_ids: CollectionOf[ObjectId]) -> dict[ObjectId, Found]:
        """Return the tickets of an event that have these ids, by id."""
        if not ticket_ids:
            return {}
        bookings = self._bookings.find({"tickets._id": {"$in": list(ticket_ids)}}, FOUND)
        return {
            ticket["_id"]: Found(booking["_id"], ticket["_id"])
            for booking in bookings
            if booking["event_id"] == event_id
            for ticket in booking["tickets"]
        }

    def page(self, event_id: ObjectId, limit: int, after: Position | None) -> Page[Booking]:
        """Return some of an event's bookings with their tickets, the oldest first; without those that have expired."""
        conditions = {"event_id": event_id, "status": {"$ne": EXPIRED}}
        return find_page(self._bookings, conditions, OLDEST_FIRST, limit, after, ("items", "resends"))

    def of_bookings(self, booking_ids: list[ObjectId]) -> list[Booking]:
        """Return these bookings with their tickets."""
        return list(self._bookings.find({"_id": {"$in": booking_ids}}, SHOWN))

    def named_since(self, event_id: ObjectId, moment: datetime, limit: int, after: Position | None) -> Page[Booking]:
        """Return some bookings of an event of whose tickets it was said since then who comes, in the order of that."""
        conditions = {"event_id": event_id, "named_at": {"$gte": moment}}
        return find_page(self._bookings, conditions, LAST_NAMED_LAST, limit, after, ("items", "resends"))

    def checked_in(self, event_ids: list[ObjectId], session: ClientSession | None) -> Iterator[dict[str, Any]]:
        """Yield the bookings of these events that have tickets which came in, by the ids of the events."""
        shown = {"event_id": 1, "status": 1, "cancelled_at": 1, "cancelled_by": 1, "tickets": 1}
        scanned = {"event_id": {"$in": event_ids}, "tickets.check_ins.0": {"$exists": True}}
        yield from self._bookings.find(scanned, shown, session=session).sort("event_id", ASCENDING)
