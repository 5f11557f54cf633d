"""What can be done with accounts."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..errors import TooMany, ValidationFailed
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from .known_addresses import KnownAddresses
from .reset_throttle import ResetThrottle
from .rules import (
    EmailTaken,
    InvalidCredentials,
    InvalidMailToken,
    UserNotFound,
    cost_of,
    credentials_key,
    email_key,
    hash_password,
    is_cheaper,
    nobodys_hash,
    password_matches,
    token_key,
)
from .sessions import SessionService
from .store import PasswordResetStore, UserStore
from .verification import EmailVerification

PASSWORD_RESET_FACT = "account.password_reset_requested"  # noqa: S105 (a name)
RESET_TOKEN_LIFE = timedelta(minutes=30)


class AccountService:
    """Registers people, checks their passwords, and tells their names to other resources."""

    def __init__(
        self,
        users: UserStore,
        resets: PasswordResetStore,
        sessions: SessionService,
        known_addresses: KnownAddresses,
        reset_throttle: ResetThrottle,
        verification: EmailVerification,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
        bcrypt_rounds: int,
    ):
        self._users = users
        self._resets = resets
        self._sessions = sessions
        self._known_addresses = known_addresses
        self._reset_throttle = reset_throttle
        self._verification = verification
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock
        self._rounds = bcrypt_rounds
        self._nobodys_hash = nobodys_hash(bcrypt_rounds)

    def register(
        self, name: str, email: str, password: str, role: str, *, user_id: ObjectId, verified: bool = False
    ) -> dict[str, Any]:
        """Open an account under this id, or find that an earlier attempt did; raises `EmailTaken`.

        Unless the email counts as `verified`, the account is owed the mail that verifies it.
        """
        now = self._clock()
        user = {
            "_id": user_id,
            "name": name,
            "email": email,
            "email_key": email_key(email),
            "password_hash": hash_password(password, self._rounds),
            "role": role,
            "created_at": now,
            "verified_at": now if verified else None,
        }

        def attempt(unit: UnitOfWork) -> None:
            self._users.insert(user, unit.session)
            if not verified:
                self._verification.owe_first(unit, user)

        try:
            self._transactions.run(attempt)
        except EmailTaken:
            added = self._users.find(user_id)
            if added is None:
                raise
            user = added
        return self._seen(user)

    def login(
        self, email: str, password: str, *, network: str, over_limit: TooMany | None
    ) -> tuple[dict[str, Any], ObjectId, str]:
        """The account of a right pair; raises `InvalidCredentials`, which takes as long for an unknown email.

        `over_limit` is the refusal where somebody has tried this account too often. It is raised before any bcrypt, but
        where the account was logged into from this network before: there only for a wrong password.
        """
        user = self._users.find_for_login(email_key(email))
        if over_limit and not self._known_addresses.includes(user and user["_id"], network):
            raise over_limit
        expected = user["password_hash"] if user else self._nobodys_hash
        if not self._matches(password, expected) or user is None:
            raise over_limit or InvalidCredentials
        if is_cheaper(expected, self._rounds):  # the cost was raised since: only now is the password at hand
            renewed = hash_password(password, self._rounds)
            if self._users.set_password(user["_id"], renewed, None, instead_of=expected):
                expected = renewed
        session_id, jti = self._sessions.start(user["_id"])
        # A new password ends the sessions it finds, and may have missed the one that began just now.
        if self._users.find_with_password(user["_id"])["password_hash"] != expected:
            self._sessions.end(session_id)
            raise InvalidCredentials
        self._known_addresses.remember(user["_id"], network)
        return self._seen(user), session_id, jti

    def change_password(self, user_id: ObjectId, session_id: ObjectId, current: str, new: str) -> None:
        """Set a new password and end every other session; raises `ValidationFailed` if the current one is wrong."""
        user = self._found(self._users.find_with_password(user_id))
        if not password_matches(current, user["password_hash"]):
            raise ValidationFailed({"current_password": ["Is not your password."]})
        self._replace_password(user, hash_password(new, self._rounds), but=session_id)

    def request_password_reset(self, email: str) -> None:
        """Owe a mail with a token to whoever has this email, unless one was owed to them within five minutes.

        Nobody learns here whether there is such an account.
        """
        key = email_key(email)
        user = self._users.find_for_login(key)
        # Where there is none a job is owed to nobody, so that the work, and its time, are the same.
        payload = {"user_id": user["_id"] if user else ObjectId()}

        def attempt(unit: UnitOfWork) -> None:
            if self._reset_throttle.take(key, self._clock(), unit.session):
                self._outbox.record(unit, PASSWORD_RESET_FACT, [payload])

        self._transactions.run(attempt)

    def find_id(self, key: str) -> ObjectId | None:
        """The id of the account with this email key."""
        user = self._users.find_for_login(key)
        return user and user["_id"]

    def grant_password_reset(self, user_id: ObjectId) -> tuple[dict[str, Any], str] | None:
        """An account, and a token that sets its password once; None if there is no such account.

        The token dies with any change of the account's password or email.
        """
        user = self._users.find_with_password(user_id)
        if user is None:
            return None
        token = secrets.token_urlsafe(32)
        self._resets.insert(token_key(token), user_id, credentials_key(user), self._clock() + RESET_TOKEN_LIFE)
        return user, token

    def reset_password(self, token: str, new_password: str, *, network: str) -> None:
        """Set a new password by a token from the mail, which verifies the email too; raises `InvalidMailToken`.

        With the new password one can log in from this network at once, however many guess at it.
        """
        new_hash = hash_password(new_password, self._rounds)

        def attempt(unit: UnitOfWork) -> ObjectId:
            spent = self._resets.spend(token_key(token), self._clock(), unit.session)
            user = spent and self._users.find_with_password(spent["user_id"], unit.session)
            if user is None:
                raise InvalidMailToken
            # A mail may have been written while the password or the email was changed: its token is worth nothing.
            known = credentials_key(user)
            if spent.get("credentials", known) != known:
                raise InvalidMailToken
            self._users.set_password(user["_id"], new_hash, unit.session)
            self._verification.complete(user["_id"], unit)
            self._verification.forget_change(user["_id"], unit)
            self._sessions.end_all(user["_id"], unit)
            return user["_id"]

        self._known_addresses.remember(self._transactions.run(attempt), network)

    def read(self, user_id: ObjectId) -> dict[str, Any]:
        """An account; raises `UserNotFound`."""
        return self._seen(self._found(self._users.find(user_id)))

    def rename(self, user_id: ObjectId, name: str) -> dict[str, Any]:
        """Change one's name; raises `UserNotFound`."""
        return self._seen(self._found(self._users.rename(user_id, name)))

    def people(self, user_ids: Iterable[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
        """The accounts behind some ids, for showing a name or writing a mail."""
        return {user["_id"]: user for user in self._users.find_many(set(user_ids))}

    def _replace_password(self, user: dict[str, Any], new_hash: bytes, *, but: ObjectId) -> None:
        def attempt(unit: UnitOfWork) -> None:
            if not self._users.set_password(user["_id"], new_hash, unit.session, instead_of=user["password_hash"]):
                raise ValidationFailed({"current_password": ["Is not your password."]})
            self._resets.delete_all(user["_id"], unit.session)
            self._verification.forget_change(user["_id"], unit)
            self._sessions.end_all(user["_id"], unit, but=but)

        self._transactions.run(attempt)

    def _matches(self, password: str, password_hash: bytes) -> bool:
        """Whether it is the password; a wrong one takes as long for a hash that was made at a lower cost."""
        if password_matches(password, password_hash):
            return True
        # The work doubles with each step of the cost, so 2^c + (2^c + 2^(c+1) + ... + 2^(rounds-1)) = 2^rounds.
        for cost in range(cost_of(password_hash), self._rounds):
            password_matches(password, nobodys_hash(cost))
        return False

    def _seen(self, user: dict[str, Any]) -> dict[str, Any]:
        """An account with what its owner is told of its email."""
        return user | {"email_verified": self._verification.counts_as_verified(user)}

    @staticmethod
    def _found(user: dict[str, Any] | None) -> dict[str, Any]:
        if user is None:
            raise UserNotFound
        return user
