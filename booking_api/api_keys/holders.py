"""Who holds an API key that came with a request."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from pymongo.errors import PyMongoError

from ..accounts.rules import ORGANIZER
from ..auth.api_keys import KeyGrant, digest_of, is_well_formed
from ..auth.tokens import Caller, InvalidToken, TokenExpired
from ..http import rate_limits
from ..http.rate_limits import Limit
from . import rules
from .known_keys import KnownKeys
from .model import ApiKey
from .store import ApiKeyStore

# Nobody guesses a key; this bounds what trying costs. Only keys that are unknown count, so that it bars no other.
UNKNOWN = Limit("api-keys", address="120/minute")


class KeyHolders:
    """Finds the organizers for whom keys act. A key costs a query now and then, and so does one that is unknown."""

    def __init__(self, keys: ApiKeyStore, known: KnownKeys, clock: Callable[[], datetime]):
        self._keys = keys
        self._known = known
        self._clock = clock

    def holder(self, key: str) -> Caller:
        """Return the caller that a key acts for, within its grant.

        Raises `InvalidToken` if there is no such key (any more), `TokenExpired`, and `TooManyRequests` where too many
        unknown keys came from one address.
        """
        if not is_well_formed(key):
            raise InvalidToken("This is no API key: it is cut or mistyped.")
        found, asked = self._known.get(digest_of(key), self._keys.find_by_digest)
        if found is None:
            if asked:
                rate_limits.spend(UNKNOWN)
            raise InvalidToken("There is no such API key, or it was deleted.")
        now = self._clock()
        if rules.is_expired(found, now):
            raise TokenExpired("This API key has expired.")
        if asked and rules.is_use_to_note(found, now):
            self._note_use(found, now)
        grant = KeyGrant(found["_id"], frozenset(found["scopes"]), found["event_id"])
        return Caller(found["organizer_id"], ORGANIZER, key=grant)

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        with suppress(PyMongoError):  # what is asked for matters more
            self._keys.note_use(key["_id"], now, now - rules.NOTED)
