"""The documents of the `api_keys` collection."""

from datetime import datetime
from typing import TypedDict

from bson import ObjectId


class ApiKey(TypedDict):
    """A key. Only the digest of it is stored, so it is shown once, by the request that makes it."""

    _id: ObjectId
    organizer_id: ObjectId
    name: str
    scopes: list[str]
    event_id: ObjectId | None  # the only event that it opens, if it is limited to one
    digest: str
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None  # up to a minute too early


class NewApiKey(ApiKey):
    """A key as it is answered once, with what its holder sends."""

    key: str
