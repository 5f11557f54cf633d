"""Fields for the contract's conventions: text, whole numbers, times, ids, lists.

What comes in is measured before anything else is done with it: no rule, pattern or normalization ever sees a string or
a list of a size that the field does not take.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from bson import ObjectId
from marshmallow import Schema, ValidationError, fields, pre_load, validate

from ..clock import rfc3339
from ..errors import MOST_MESSAGES
from .dumping import Dump, dumper

# RFC 3339, section 5.6, with a mandatory offset
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LOST_PLUS = re.compile(r"[^ ]+ \d\d:\d\d", re.ASCII)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# RFC 3986 without user information. The host is a name or an IPv4 address; other characters must be percent-encoded.
HTTPS_URL = re.compile(
    rf"https://(?P<host>{LABEL}(\.{LABEL})*)(:(?P<port>\d{{1,5}}))?"
    r"([/?#]([a-z0-9._~:/?@!$&'()*+,;=-]|%[0-9a-f]{2})*(#([a-z0-9._~:/?@!$&'()*+,;=-]|%[0-9a-f]{2})*)?)?",
    re.ASCII | re.IGNORECASE,
)
LONGEST_HOST = 253  # characters
FIRST_TIME = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TIME = datetime(9000, 1, 1, tzinfo=UTC)  # so that no time zone exceeds the last year of BSON and Python
SPACE_AROUND = 1000  # characters by which a text may exceed its bound if stripping removes them


class Arguments(Schema):
    """The shape of what comes in. An object with far more members than fields is refused as a whole."""

    @pre_load
    def count_members(self, data: Any, **_kwargs: Any) -> Any:
        """Refuse an object with far too many members before each of them is checked."""
        if isinstance(data, Mapping) and len(data) > len(self.load_fields) + MOST_MESSAGES:
            raise ValidationError("Has too many members.")
        return data


class Representation(Schema):
    """The shape of what goes out: every field is always present, if only as null, and required in the document.

    It has no hooks, so that dumping a document can be prepared.
    """

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Mark the field as required in the document; marshmallow does not check this when it dumps."""
        field_obj.required = True

    @cached_property
    def _dump_document(self) -> Dump:
        return dumper(self)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Return a document, or many, as JSON has it."""
        if self.many if many is None else many:
            return [self.dump(each, many=False) for each in obj]
        return self._dump_document(obj) if obj.__class__ is dict else super().dump(obj, many=False)


class Bounded(fields.String):
    """A string of bounded length, in characters: one longer than `most + room` is refused before it is processed.

    `room` is for fields whose characters are counted after they are normalized or stripped, and for those with a more
    helpful message for a value that is slightly too long.
    """

    def __init__(
        self,
        *,
        least: int = 0,
        most: int,
        room: int = 0,
        validators: Sequence[Callable[[str], Any]] = (),
        **kwargs: Any,
    ):
        self._length = validate.Length(min=least or None, max=most)
        self._longest = most + room
        super().__init__(validate=[self._length, *validators], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, str) and len(value) > self._longest:
            self._length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Email(Bounded, fields.Email):
    """An email address, in any script (RFC 6531)."""

    def __init__(self, **kwargs: Any):
        super().__init__(metadata={"format": "idn-email"}, **kwargs)


class Text(Bounded):
    """A string of bounded length without control characters that databases, mails and terminals choke on."""

    def __init__(self, *, most: int, multiline: bool = False, strip: bool = True, **kwargs: Any):
        super().__init__(most=most, room=SPACE_AROUND if strip else 0, **kwargs)
        self._strip = strip
        allowed = "\t\n\r" if multiline else ""
        self._forbidden = {chr(code) for code in [*range(32), 127, *range(0x80, 0xA0), 0x2028, 0x2029]} - set(allowed)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self._forbidden.isdisjoint(text):
            raise ValidationError("Control characters are not allowed.")
        return text.strip() if self._strip else text


class Slug(Bounded):
    """One word in slug form: lower-case ASCII letters and digits, with hyphens between them."""

    def __init__(self, *, most: int, **kwargs: Any):
        kwargs["metadata"] = {"pattern": f"^{SLUG.pattern}$"} | kwargs.get("metadata", {})
        super().__init__(most=most, validators=[self._require_form], **kwargs)

    @staticmethod
    def _require_form(text: str) -> None:
        if not SLUG.fullmatch(text):
            raise ValidationError("Must be in slug form: a-z and 0-9, with single hyphens between, like open-air.")


class HttpsUrl(Bounded):
    """An absolute https URL with a host and without a user name or password."""

    def __init__(self, *, most: int, **kwargs: Any):
        kwargs["metadata"] = {"format": "uri"} | kwargs.get("metadata", {})
        super().__init__(most=most, validators=[self._require_form], **kwargs)

    @staticmethod
    def _require_form(text: str) -> None:
        found = HTTPS_URL.fullmatch(text)
        if not found or len(found["host"]) > LONGEST_HOST or int(found["port"] or 443) not in range(1, 65536):
            raise ValidationError("Must be a URL like https://example.com/image.jpg, without a user name or password.")


class Choice(fields.String):
    """One of a few strings, as the schema `name` of the document."""

    def __init__(self, name: str, values: Sequence[str], **kwargs: Any):
        super().__init__(validate=validate.OneOf(values), **kwargs)
        self.schema_name = name


class BoundedList(fields.List[Any]):
    """A list of a bounded number of elements, which are counted before any of them is validated."""

    def __init__(
        self,
        inner: fields.Field[Any],
        *,
        least: int = 0,
        most: int,
        validators: Sequence[Callable[[list[Any]], Any]] = (),
        **kwargs: Any,
    ):
        self._length = validate.Length(min=least or None, max=most)
        super().__init__(inner, validate=[self._length, *validators], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Whole(fields.Integer):
    """A whole number in JSON: not `"1"`, `1.0` or `true`."""

    def __init__(self, least: int, most: int, **kwargs: Any):
        super().__init__(strict=True, validate=validate.Range(min=least, max=most), **kwargs)


class QueryInteger(fields.Integer):
    """A whole number in a query string: only ASCII digits, although Python accepts those of any script."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not re.fullmatch(r"-?\d{1,18}", str(value), re.ASCII):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Timestamp(fields.Field[datetime]):
    """A time: takes RFC 3339 with an offset, keeps milliseconds as MongoDB does, and writes UTC with `Z`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not RFC3339.fullmatch(value):
            raise ValidationError("Must be an RFC 3339 time with an offset, like 2030-01-31T19:30:00Z.")
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError("There is no such time.") from error
        if not FIRST_TIME <= moment <= LAST_TIME:
            raise ValidationError("Must be between the years 1970 and 9000.")
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else rfc3339(value)


class QueryTimestamp(Timestamp):
    """A time in a query string, where a `+` that was not escaped arrives as a space."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if isinstance(value, str) and LOST_PLUS.fullmatch(value) and RFC3339.fullmatch(value.replace(" ", "+")):
            raise ValidationError("Has a space for its `+`: in a URL write `%2B`, like 2030-01-31T19:30:00%2B01:00.")
        return super()._deserialize(value, attr, data, **kwargs)


class Id(fields.Field[ObjectId]):
    """24 lower-case hexadecimal digits, as a string."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> ObjectId:
        if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{24}", value):
            raise ValidationError("Must be an id: 24 lower-case hexadecimal digits.")
        return ObjectId(value)

    def _serialize(self, value: ObjectId | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


class Flag(fields.Boolean):
    """`true` or `false` in a query string; no other spelling is accepted."""

    def __init__(self, **kwargs: Any):
        super().__init__(truthy={"true"}, falsy={"false"}, **kwargs)


class JsonFlag(fields.Boolean):
    """JSON's `true` or `false`: not `"true"`, not 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value
