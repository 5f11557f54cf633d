"""Indexes: each store declares its own, and they are created before the first worker starts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo import IndexModel
from pymongo.collection import Collection

ID_INDEX = "_id_"  # every collection has it


class Indexed(Protocol):
    """A store that declares the indexes of its collection."""

    INDEXES: list[IndexModel]
    collection: Collection[Any]


@dataclass(frozen=True)
class Done:
    """What was done to a collection's indexes."""

    created: list[str]
    present: int  # how many existed before
    undeclared: list[str]  # those that exist, but are not declared by the store


class Stores:
    """The stores of an application."""

    def __init__(self) -> None:
        self._stores: list[Indexed] = []

    def __iter__(self) -> Iterator[Indexed]:
        return iter(self._stores)

    def add(self, *stores: Indexed) -> None:
        """Register stores."""
        self._stores.extend(stores)

    def ensure_indexes(self) -> None:
        """Create the missing indexes of all stores."""
        ensure(self)


def ensure(stores: Iterable[Indexed]) -> None:
    """Create the missing indexes. Safe to repeat and to run concurrently: MongoDB keeps an index that exists."""
    for store in stores:
        store.collection.create_indexes(store.INDEXES)


def make(store: Indexed) -> Done:
    """Create the missing indexes of one collection, however long that takes, and return what was done.

    Raises `OperationFailure` if another index has the same name, or if existing documents violate a unique index.
    Writers have to wait only at the beginning and the end of a build
    (https://www.mongodb.com/docs/manual/core/index-creation/).
    """
    before = store.collection.index_information().keys()
    wanted = [index.document["name"] for index in store.INDEXES]
    store.collection.create_indexes(store.INDEXES)
    return Done(
        [name for name in wanted if name not in before],
        sum(name in before for name in wanted),
        sorted(before - {*wanted, ID_INDEX}),
    )
