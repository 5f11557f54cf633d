"""Accounts for operators: find one, ban it, and lift the ban."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from ..storage.client import Transactions
from .model import OwnUser, User
from .rules import UserNotFound, email_key
from .service import AccountService
from .sessions import SessionService, SessionStore
from .store import UserStore


class AccountAdministration:
    """Finds accounts by email or id, bans them, and lifts bans."""

    def __init__(
        self,
        users: UserStore,
        accounts: AccountService,
        session_store: SessionStore,
        sessions: SessionService,
        transactions: Transactions,
        clock: Callable[[], datetime],
    ):
        self._users = users
        self._accounts = accounts
        self._session_store = session_store
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock
        self._when_banned: list[Callable[[ObjectId], None]] = []

    def when_banned(self, end: Callable[[ObjectId], None]) -> None:
        """Call this with the id of each account that is banned, after its sessions have ended."""
        self._when_banned.append(end)

    def find(self, email_or_id: str) -> OwnUser | None:
        """Return an account without its secrets."""
        if ObjectId.is_valid(email_or_id):
            user_id = ObjectId(email_or_id)
        else:
            found = self._accounts.find_id(email_key(email_or_id))
            if found is None:
                return None
            user_id = found
        try:
            return self._accounts.read(user_id)
        except UserNotFound:
            return None

    def count_sessions(self, user_id: ObjectId) -> int:
        """Return how many sessions of an account are open."""
        return self._session_store.count_live(user_id, self._clock())

    def ban(self, user: User, reason: str | None) -> int:
        """Ban an account, so that nobody can log in to it, and end its sessions; return how many there were.

        Safe to repeat. The ban is committed before the sessions are looked for: a login that this look misses began
        later, and finds the ban before it hands out its tokens.
        """
        self._users.ban(user["_id"], self._clock(), reason)
        ended = self.count_sessions(user["_id"])
        self._transactions.run(lambda unit: self._sessions.end_all(user["_id"], unit))
        for end in self._when_banned:
            end(user["_id"])
        return ended

    def unban(self, user: User) -> bool:
        """Lift the ban of an account; returns False if it was not banned."""
        return self._users.unban(user["_id"])
