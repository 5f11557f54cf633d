"""Counts of requests that all workers and machines share, in fixed windows in MongoDB."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from limits import RateLimitItem
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

Key = tuple[str, ...]  # what is counted, and for whom
Counted = tuple[RateLimitItem, Key]


class SharedCounts:
    """Counts in fixed windows in MongoDB, with one command for each request; the store of `limits` needs three."""

    def __init__(self, database: Database[Any]):
        self._database = database

    @cached_property
    def _counters(self) -> Collection[Any]:
        counters = self._database["rate_limits"]
        counters.create_index("expireAt", expireAfterSeconds=0)
        return counters

    def hit(self, item: RateLimitItem, *key: str) -> tuple[bool, float, int]:
        """Count once; return whether that is within the limit, when the window ends, and how many requests are left."""
        over = {"$lt": ["$expireAt", "$$NOW"]}  # also where there is no window yet
        window = {
            "count": {"$cond": [over, 1, {"$add": ["$count", 1]}]},
            "expireAt": {"$cond": [over, {"$add": ["$$NOW", item.get_expiry() * 1000]}, "$expireAt"]},
        }
        found = self._counters.find_one_and_update(
            {"_id": item.key_for(*key)}, [{"$set": window}], upsert=True, return_document=ReturnDocument.AFTER
        )
        row = cast(dict[str, Any], found)  # it is upserted
        return row["count"] <= item.amount, row["expireAt"].timestamp(), max(0, item.amount - row["count"])

    def full(self, counted: Sequence[Counted]) -> list[tuple[float, RateLimitItem, Key]]:
        """Return those that are used up, each with when its window ends, by one command that counts nothing."""
        by_id = {item.key_for(*key): (item, key) for item, key in counted}
        running = {"$expr": {"$gte": ["$expireAt", "$$NOW"]}}
        rows = self._counters.find({"_id": {"$in": list(by_id)}, **running})
        return [
            (row["expireAt"].timestamp(), *by_id[row["_id"]])
            for row in rows
            if row["count"] >= by_id[row["_id"]][0].amount
        ]
