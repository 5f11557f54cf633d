"""Indexes: each store declares its own, and they are made before the first worker starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pymongo import IndexModel
from pymongo.collection import Collection

OF_IDS = "_id_"  # every collection has it


class Indexed(Protocol):
    """A store that says which indexes its collection needs."""

    INDEXES: list[IndexModel]
    collection: Collection


@dataclass(frozen=True)
class Done:
    """What became of a collection's indexes: names of those made now and of those nobody declares, and how many."""

    made: list[str]
    present: int
    unknown: list[str]


class Stores(list[Indexed]):
    """The stores of an application."""

    def ensure_indexes(self) -> None:
        """Make the indexes that are missing."""
        ensure(self)


def ensure(stores: Iterable[Indexed]) -> None:
    """Make what is missing. Safe to run again and by many at once: MongoDB makes an index only if it is not there."""
    for store in stores:
        store.collection.create_indexes(store.INDEXES)


def make(store: Indexed) -> Done:
    """Make what one collection is missing, and say what that was; takes as long as it takes.

    Raises `OperationFailure` where there is another index of that name, or what is there breaks a unique one.
    Writers are held up only at the beginning and at the end of it
    (https://www.mongodb.com/docs/manual/core/index-creation/).
    """
    before = store.collection.index_information().keys()
    wanted = [index.document["name"] for index in store.INDEXES]
    store.collection.create_indexes(store.INDEXES)
    return Done(
        [name for name in wanted if name not in before],
        sum(name in before for name in wanted),
        sorted(before - {*wanted, OF_IDS}),
    )
