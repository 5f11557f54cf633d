"""What bookings say of the uses of promo codes: another view of the `bookings` collection."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, cast

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as MongoCollection

from . import pricing
from .model import Booking
from .rules import LIVE


class Uses(NamedTuple):
    """To how many tickets a code is applied, and in how many bookings."""

    tickets: int
    bookings: int


class CodeUses:
    """Counts the uses of codes in live bookings; `BookingStore` has the index."""

    def __init__(self, collection: MongoCollection[Booking]):
        self._bookings = collection

    def tickets_of(
        self, code_ids: Sequence[ObjectId], customer_ids: Collection[ObjectId], session: ClientSession | None = None
    ) -> Counter[tuple[ObjectId, ObjectId]]:
        """Return how many tickets these customers have with each of these codes, by code and customer, in one query."""
        theirs = {"promo._id": {"$in": list(code_ids)}, "customer_id": {"$in": list(customer_ids)}}
        fields = dict.fromkeys(("promo", "customer_id", "items"), 1)
        counts: Counter[tuple[ObjectId, ObjectId]] = Counter()
        for booking in self._bookings.find(theirs | {"status": {"$in": LIVE}}, fields, session=session):
            counts[booking["promo"]["_id"], booking["customer_id"]] += pricing.discounted(booking["items"])
        return counts

    def of_codes(self, code_ids: Sequence[ObjectId], session: ClientSession | None) -> dict[ObjectId, Uses]:
        """Return the uses of these codes that have any."""
        # What is missing is less than any number.
        applied = {"$cond": [{"$gte": ["$items.reduction", 0]}, "$items.quantity", 0]}
        stages: list[dict[str, Any]] = [
            {"$match": {"promo._id": {"$in": list(code_ids)}, "status": {"$in": LIVE}}},
            {"$project": {"promo": 1, "items": 1}},
            {"$unwind": {"path": "$items", "includeArrayIndex": "line", "preserveNullAndEmptyArrays": True}},
            {
                "$group": {
                    "_id": "$promo._id",
                    "tickets": {"$sum": applied},
                    "bookings": {"$sum": {"$cond": [{"$lte": ["$line", 0]}, 1, 0]}},  # also true if there is no line
                }
            },
        ]
        # The collection is typed to contain bookings, but these rows are not.
        rows = cast(Any, self._bookings.aggregate(stages, session=session))
        return {row["_id"]: Uses(row["tickets"], row["bookings"]) for row in rows}
