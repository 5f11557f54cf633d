"""The rules of API keys, and the errors of this resource."""

from datetime import datetime, timedelta

from ..errors import Conflict, NotFound, ValidationFailed
from .model import ApiKey

MOST_KEYS = 50  # of an organizer
NOTED = timedelta(minutes=1)  # how often it is noted that a key was used


class ApiKeyNotFound(NotFound):
    """You have no API key with this id, or it was deleted already.

    `GET /api/v1/api-keys` lists those that you have.
    """

    code = "api_key_not_found"
    title = "No such API key"


class TooManyApiKeys(Conflict):
    """You have as many API keys as this service keeps for one organizer. None was made.

    Delete one that nobody uses any more: `last_used_at` says when each was used.
    """

    code = "too_many_api_keys"
    title = "Too many API keys"


def require_future(expires_at: datetime | None, now: datetime) -> None:
    """Raise `ValidationFailed` if a key would have expired already."""
    if expires_at is not None and expires_at <= now:
        raise ValidationFailed({"expires_at": ["Must be in the future."]})


def require_fewer(count: int) -> None:
    """Raise `TooManyApiKeys` if an organizer has `MOST_KEYS` or more."""
    if count >= MOST_KEYS:
        raise TooManyApiKeys


def is_expired(key: ApiKey, now: datetime) -> bool:
    """Return whether the time of a key is over."""
    return key["expires_at"] is not None and key["expires_at"] <= now


def is_use_to_note(key: ApiKey, now: datetime) -> bool:
    """Return whether it is to be noted that a key is used now: at most once in `NOTED`."""
    return key["last_used_at"] is None or key["last_used_at"] <= now - NOTED
