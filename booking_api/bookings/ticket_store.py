"""What is written to bookings and their tickets one by one, in transactions that have read them."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from .model import Attendance, Booking, Resend


class TicketStore:
    """Reads and writes single bookings in the `bookings` collection."""

    def __init__(self, collection: Collection[Booking]):
        self._collection = collection

    def find_with(self, booking_id: ObjectId, owner: dict[str, Any], session: ClientSession | None) -> Booking | None:
        """Return the booking that has this id and the fields in `owner`, or None."""
        return self._collection.find_one({"_id": booking_id} | owner, session=session)

    def name_ticket(
        self, booking_id: ObjectId, number: int, names: Attendance, now: datetime, session: ClientSession | None
    ) -> None:
        """Record who comes with a ticket, by its number, in a transaction that has read the booking."""
        changes = {f"tickets.{number}.{name}": value for name, value in names.items()} | {"named_at": now}
        self._collection.update_one({"_id": booking_id}, {"$set": changes, "$inc": {"version": 1}}, session=session)

    def note_resend(self, booking_id: ObjectId, resends: list[Resend], session: ClientSession | None) -> None:
        """Record that the confirmation is to go out again, in a transaction that has read the booking."""
        changes = {"resends": resends, "confirmation": {"status": "pending", "sent_at": None}}
        self._collection.update_one({"_id": booking_id}, {"$set": changes, "$inc": {"version": 1}}, session=session)

    def given_away(self, booking_ids: list[ObjectId], session: ClientSession | None) -> list[Booking]:
        """Return those of these bookings that have tickets which were given to others, with their tickets alone."""
        given = {"_id": {"$in": booking_ids}, "tickets.transfers": {"$exists": True}}
        return list(self._collection.find(given, {"tickets": 1}, session=session))
