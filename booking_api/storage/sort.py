"""Pagination by position: a page continues after the last row of the one before, not after a number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

NO_SUCH_INDEX = 2  # BadValue: "hint provided does not correspond to an existing index"
Row = TypeVar("Row")
Keys = list[tuple[str, int]]  # the fields of an index

MOST_COUNTED = 10_000  # rows of a list: to count more would take too long


@dataclass(frozen=True)
class Sort:
    """A sort by one field that every document has; ties are sorted by `_id`, so the order is total."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class Position:
    """The last row of a page: its value of the field sorted by, and its id."""

    value: Any
    id: ObjectId


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and where the next page begins; None on the last page. `counted` is None unless asked for."""

    items: list[Row]
    end: Position | None
    counted: int | None = None  # rows of all pages, up to `MOST_COUNTED + 1`


def find_page(
    collection: Collection[Any],
    conditions: dict[str, Any],
    sort: Sort,
    limit: int,
    after: Position | None,
    hidden: tuple[str, ...] = (),
    count: bool = False,
    branches: Sequence[dict[str, Any]] = ({},),
    index: Keys | None = None,
) -> Page[Any]:
    """Return up to `limit` documents sorted by `sort`, starting after `after`, without their `hidden` fields.

    With `count` the documents of all pages are counted too, up to one more than `MOST_COUNTED`.

    If the conditions have an index that ends in (field, _id), every page costs the same, however far it is from the
    first: the bound on the field serves the index. With `branches`, the documents meet the conditions and one of the
    branches; if each of them has such an index, MongoDB merges them in the order of the sort. It does so surely only
    with that `index` named: otherwise it plans each branch for itself, and some of these plans have another order.
    """
    reaching, behind = ("$lte", "$gte") if sort.descending else ("$gte", "$lte")
    clauses: list[dict[str, Any]] = []
    if after is not None:
        clauses.append({sort.field: {reaching: after.value}})
        # The ties before it. Not an `$or` of what follows, because MongoDB would try to plan that for each branch.
        clauses.append({"$nor": [{sort.field: after.value, "_id": {behind: after.id}}]})
    direction = DESCENDING if sort.descending else ASCENDING
    alternatives = [conditions | branch for branch in branches]
    cursor = collection.find(
        _any([{"$and": [each, *clauses]} for each in alternatives]),
        dict.fromkeys(hidden, 0) or None,
        sort=[(sort.field, direction), ("_id", direction)],
        limit=limit + 1,
    )
    try:
        found = list(cursor.clone().hint(index))
    except OperationFailure as error:
        if index is None or error.code != NO_SUCH_INDEX:
            raise
        found = list(cursor)  # slower, until somebody has made the index that is missing
    items = found[:limit]
    more = len(found) > limit
    counted = collection.count_documents(_any(alternatives), limit=MOST_COUNTED + 1) if count else None
    return Page(items, Position(items[-1][sort.field], items[-1]["_id"]) if more else None, counted)


def _any(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    return alternatives[0] if len(alternatives) == 1 else {"$or": alternatives}
