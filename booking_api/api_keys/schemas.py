"""The shapes of API keys."""

from marshmallow import ValidationError, fields

from ..events.scopes import SCOPES
from ..http.fields import Arguments, BoundedList, Choice, Id, Representation, Text, Timestamp
from ..http.pagination import list_schema

NAMES = [scope.name for scope in SCOPES]
MEANING = " ".join(f"`{scope.name}`: {scope.sentence}" for scope in SCOPES)
LIMITED = "The only event that the key opens; if null, it opens all that its organizer has or works for."
KEY = "What to send as `Authorization: Bearer`. It is shown this once."
USED = "Up to a minute behind; null if it was never used."
EXPIRES = "When it stops working; if null, it works until it is deleted."


def _distinct(names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise ValidationError("A scope is in the list twice.")


class ApiKeyCreate(Arguments):
    """The body that makes a key."""

    name = Text(least=1, most=100, required=True)
    scopes = BoundedList(
        Choice("ApiKeyScope", NAMES),
        least=1,
        most=len(NAMES),
        validators=[_distinct],
        required=True,
        metadata={"uniqueItems": True, "description": MEANING},
    )
    event_id = Id(allow_none=True, load_default=None, metadata={"description": LIMITED})
    expires_at = Timestamp(allow_none=True, load_default=None, metadata={"description": EXPIRES})


class ApiKeyRead(Representation):
    """A key as its organizer sees it."""

    id = Id(attribute="_id")
    name = fields.String()
    scopes = fields.List(Choice("ApiKeyScope", NAMES), metadata={"description": MEANING})
    event_id = Id(allow_none=True, metadata={"description": LIMITED})
    expires_at = Timestamp(allow_none=True, metadata={"description": EXPIRES})
    created_at = Timestamp()
    last_used_at = Timestamp(allow_none=True, metadata={"description": USED})


class ApiKeyWithSecret(ApiKeyRead):
    """A key that was just made."""

    key = fields.String(metadata={"description": KEY})


ApiKeyList = list_schema(ApiKeyRead, "ApiKeyList")
