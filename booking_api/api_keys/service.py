"""The use cases of API keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..accounts.rules import is_banned
from ..accounts.service import AccountService
from ..auth.api_keys import digest_of, new_key
from ..auth.tokens import SessionEnded
from ..events.permissions import SCANNER
from ..events.reader import EventReader
from ..storage.sort import Page, Position
from . import rules
from .known_keys import KnownKeys
from .model import ApiKey, NewApiKey
from .rules import ApiKeyNotFound
from .store import ApiKeyStore


class ApiKeyService:
    """Makes, lists and deletes the API keys of organizers; each organizer sees only their own."""

    def __init__(
        self,
        keys: ApiKeyStore,
        known: KnownKeys,
        events: EventReader,
        accounts: AccountService,
        clock: Callable[[], datetime],
    ):
        self._keys = keys
        self._known = known
        self._events = events
        self._accounts = accounts
        self._clock = clock

    def create(self, organizer_id: ObjectId, fields: dict[str, Any], key_id: ObjectId) -> NewApiKey:
        """Make a key and return it, with what its holder sends; an earlier attempt with this id is replaced.

        Raises `ValidationFailed`, `EventNotFound`, `NotYourEvent` and `TooManyApiKeys`; simultaneous requests may
        exceed that limit slightly. Raises `SessionEnded` if the account was banned meanwhile.
        """
        now = self._clock()
        rules.require_future(fields["expires_at"], now)
        if fields["event_id"] is not None:
            self._events.require(SCANNER, fields["event_id"], organizer_id)
        rules.require_fewer(self._keys.count(organizer_id, key_id))
        secret = new_key()
        key: ApiKey = {
            "_id": key_id,
            "organizer_id": organizer_id,
            "name": fields["name"],
            "scopes": fields["scopes"],
            "event_id": fields["event_id"],
            "digest": digest_of(secret),
            "expires_at": fields["expires_at"],
            "created_at": now,
            "last_used_at": None,
        }
        self._keys.put(key)
        # A ban deletes the keys that it finds, and may have missed the one just made.
        account = self._accounts.people([organizer_id]).get(organizer_id)
        if account is None or is_banned(account):
            self._keys.delete(key_id, organizer_id)
            raise SessionEnded
        return {**key, "key": secret}

    def own(self, organizer_id: ObjectId, limit: int, after: Position | None) -> Page[ApiKey]:
        """Return a page of an organizer's keys, newest first, those that have expired too."""
        return self._keys.find_page_of(organizer_id, limit, after)

    def delete(self, key_id: ObjectId, organizer_id: ObjectId) -> None:
        """Delete a key; no worker takes it 5 s later. Raises `ApiKeyNotFound`."""
        if not self._keys.delete(key_id, organizer_id):
            raise ApiKeyNotFound
        self._known.forget_all()

    def delete_all(self, organizer_id: ObjectId) -> None:
        """Delete all keys of an organizer."""
        self._keys.delete_all(organizer_id)
        self._known.forget_all()
