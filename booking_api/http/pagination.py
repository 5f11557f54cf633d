"""Cursor paging: no row is missed or repeated while rows are added, and page 1,000 costs no more than page 1."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import bson
from bson import CodecOptions, ObjectId
from bson.errors import BSONError
from marshmallow import Schema, fields, validate

from ..errors import ValidationFailed
from ..storage.sort import MOST_COUNTED, Page, Position, Sort
from .fields import Arguments, Bounded, Flag, QueryInteger, Representation

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
LONGEST_CURSOR = 2000
CODEC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)


class LimitQuery(Arguments):
    """The size of a page."""

    limit = QueryInteger(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, LARGEST_LIMIT),
        metadata={"description": "Page size."},
    )


class PageQuery(LimitQuery):
    """The query parameters every list has."""

    cursor = Bounded(
        most=LONGEST_CURSOR,
        load_default=None,
        metadata={"description": "`next_cursor` of the page before, with the same filters and sort."},
    )


class CountedQuery(PageQuery):
    """The query parameters of a list whose rows can be counted."""

    count = Flag(
        load_default=False, metadata={"description": f"`true`: adds `total`, which is counted up to {MOST_COUNTED:,}."}
    )


def position(cursor: str | None, sort: Sort) -> Position | None:
    """Return the position of a cursor; raises `ValidationFailed` if it is malformed or made for another sort."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        content = bson.decode(raw, CODEC)
        made_for, value, last = Sort(content["f"], content["d"]), content["v"], content["i"]
    except (UnicodeEncodeError, binascii.Error, BSONError, KeyError, OverflowError, ValueError) as error:
        raise _unknown_cursor() from error
    # `_cursor_of` makes no value of another type, such as an operator.
    if made_for != sort or not isinstance(value, datetime | str | int | ObjectId) or not isinstance(last, ObjectId):
        raise _unknown_cursor()
    return Position(value, last)


def answer(page: Page[Any], sort: Sort) -> dict[str, Any]:
    """Return a page as the contract's list document."""
    document = {"items": page.items, "next_cursor": page.end and _cursor_of(page.end, sort)}
    if page.counted is None:
        return document
    return document | {"total": page.counted if page.counted <= MOST_COUNTED else None}


class _Counted(Representation):
    """A list that has `total` if it was asked for."""

    total = fields.Integer(
        allow_none=True,
        metadata={"description": f"Rows of all pages, only with `count=true`; `null` if more than {MOST_COUNTED:,}."},
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Leave `total` optional."""
        field_obj.required = field_name != "total"


def list_schema(item: type[Representation], name: str, *, counted: bool = False) -> Schema:
    """Return the schema of a list of `item`; of one that takes a `CountedQuery` if it is `counted`."""
    return (_Counted if counted else Representation).from_dict(
        {"items": fields.List(fields.Nested(item)), "next_cursor": fields.String(allow_none=True)}, name=name
    )()


def _cursor_of(end: Position, sort: Sort) -> str:
    raw = bson.encode({"f": sort.field, "d": sort.descending, "v": end.value, "i": end.id})
    return base64.urlsafe_b64encode(raw).decode()


def _unknown_cursor() -> ValidationFailed:
    return ValidationFailed({"cursor": ["Is not a cursor of this list and sort."]})
