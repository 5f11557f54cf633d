"""Indexes: each store declares its own, and they are made before the first worker starts."""

from collections.abc import Iterable
from typing import Protocol

from pymongo import IndexModel
from pymongo.collection import Collection


class Indexed(Protocol):
    """A store that says which indexes its collection needs."""

    INDEXES: list[IndexModel]
    collection: Collection


def ensure(stores: Iterable[Indexed]) -> None:
    """Make what is missing. Safe to run again and by many at once: MongoDB makes an index only if it is not there."""
    for store in stores:
        store.collection.create_indexes(store.INDEXES)
