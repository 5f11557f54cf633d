"""The use cases of accounts: registration, login, passwords and names."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bson import ObjectId

from ..errors import TooMany, ValidationFailed
from ..jobs.outbox import Outbox
from ..languages.catalogue import DEFAULT
from ..storage.client import Transactions, UnitOfWork
from .facts import PASSWORD_RESET_REQUESTED, PasswordReset
from .known_addresses import KnownAddresses
from .model import OwnUser, User, UserWithSecrets
from .names import AccountNames
from .reset_throttle import ResetThrottle
from .rules import (
    AccountBanned,
    EmailTaken,
    InvalidCredentials,
    InvalidMailToken,
    credentials_key,
    email_key,
    hash_password,
    is_banned,
    is_cheaper,
    locale_of,
    matches_at_cost,
    nobodys_hash,
    password_matches,
    require_found,
    token_key,
)
from .sessions import SessionService
from .store import PasswordResetStore, UserStore
from .verification import EmailVerification

RESET_TOKEN_LIFE = timedelta(minutes=30)


class AccountService:
    """Registers people, checks their passwords, and provides their names to other resources."""

    def __init__(
        self,
        users: UserStore,
        names: AccountNames,
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
        self._names = names
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
        self,
        name: str,
        email: str,
        password: str,
        role: str,
        *,
        user_id: ObjectId,
        locale: str = DEFAULT,
        network: str | None = None,
        verified: bool = False,
    ) -> OwnUser:
        """Open an account with this id, or return the one that an earlier attempt opened; raises `EmailTaken`.

        Their mail will be in the language `locale`. Unless the email counts as `verified`, a mail to verify it is owed.
        If `network` is given it becomes a known one, so that a login from it is not subject to the limits on guessing.
        """
        now = self._clock()
        user: UserWithSecrets = {
            "_id": user_id,
            "name": name,
            "email": email,
            "email_key": email_key(email),
            "password_hash": hash_password(password, self._rounds),
            "locale": locale,
            "role": role,
            "created_at": now,
            "verified_at": now if verified else None,
        }

        def attempt(unit: UnitOfWork) -> None:
            self._users.insert(user, unit.session)
            if not verified:
                self._verification.owe_first(unit, user)

        opened: User = user
        try:
            self._transactions.run(attempt)
        except EmailTaken:
            added = self._users.find(user_id)
            if added is None:
                raise
            opened = added
        if network is not None:
            self._known_addresses.remember(user_id, network)
        return self._seen(opened)

    def login(
        self, email: str, password: str, *, network: str, over_limit: TooMany | None
    ) -> tuple[OwnUser, ObjectId, str]:
        """Start a session; return the account, the id of the session and that of its refresh token.

        Raises `InvalidCredentials`, which takes as long for an unknown email as for a wrong password, and
        `AccountBanned`, for the right password only.

        `over_limit` is the error to raise if this account was tried too often. It is raised before any hashing; but if
        the account was logged into from this network before, it is raised only for a wrong password.
        """
        user = self._users.find_for_login(email_key(email))
        if over_limit and not self._known_addresses.includes(user["_id"] if user else None, network):
            raise over_limit
        expected = user["password_hash"] if user else self._nobodys_hash
        if not matches_at_cost(password, expected, self._rounds) or user is None:
            raise over_limit or InvalidCredentials
        if is_banned(user):
            raise AccountBanned
        if is_cheaper(expected, self._rounds):  # the cost was raised since; only now is the password known
            renewed = hash_password(password, self._rounds)
            if self._users.set_password(user["_id"], renewed, None, instead_of=expected):
                expected = renewed
        session_id, jti = self._sessions.start(user["_id"])
        # A change of the password and a ban end the sessions that they find, and may have missed the one just started.
        present = self._users.find_with_password(user["_id"])
        if present is None or present["password_hash"] != expected or is_banned(present):
            self._sessions.end(session_id)
            raise AccountBanned if present and is_banned(present) else InvalidCredentials
        self._known_addresses.remember(user["_id"], network)
        return self._seen(user), session_id, jti

    def change_password(self, user_id: ObjectId, session_id: ObjectId, current: str, new: str) -> None:
        """Set a new password and end all other sessions; raises `ValidationFailed` if the current one is wrong."""
        user = require_found(self._users.find_with_password(user_id))
        if not password_matches(current, user["password_hash"]):
            raise ValidationFailed({"current_password": ["Is not your password."]})
        self._replace_password(user, hash_password(new, self._rounds), but=session_id)

    def request_password_reset(self, email: str) -> None:
        """Owe the account with this email a mail with a token, unless one was owed to it within five minutes.

        The caller does not learn whether there is such an account.
        """
        key = email_key(email)
        user = self._users.find_for_login(key)
        # If there is no account the job is owed to a random id, so that the request takes as long.
        payload: PasswordReset = {"user_id": user["_id"] if user else ObjectId()}

        def attempt(unit: UnitOfWork) -> None:
            if self._reset_throttle.take(key, self._clock(), unit.session):
                self._outbox.record(unit, PASSWORD_RESET_REQUESTED, [payload])

        self._transactions.run(attempt)

    def find_id(self, key: str) -> ObjectId | None:
        """Return the id of the account with this email key."""
        user = self._users.find_for_login(key)
        return user["_id"] if user else None

    def grant_password_reset(self, user_id: ObjectId) -> tuple[User, str] | None:
        """Create a token that sets the password of an account once; return both, or None if there is no such account.

        The token is void after any change of the account's password or email.
        """
        user = self._users.find_with_password(user_id)
        if user is None:
            return None
        token = secrets.token_urlsafe(32)
        self._resets.insert(token_key(token), user_id, credentials_key(user), self._clock() + RESET_TOKEN_LIFE)
        return user, token

    def reset_password(self, token: str, new_password: str, *, network: str) -> None:
        """Set a new password with a token from the mail, which also verifies the email; raises `InvalidMailToken`.

        This network becomes a known one, so that a login from it is not subject to the limits on guessing.
        """
        new_hash = hash_password(new_password, self._rounds)

        def attempt(unit: UnitOfWork) -> None:
            spent = self._resets.spend(token_key(token), self._clock(), unit.session)
            user = None if spent is None else self._users.find_with_password(spent["user_id"], unit.session)
            if spent is None or user is None:
                raise InvalidMailToken
            # The token may have been created while the password or the email was being changed; then it is void.
            known = credentials_key(user)
            if spent.get("credentials", known) != known:
                raise InvalidMailToken
            self._users.set_password(user["_id"], new_hash, unit.session)
            self._verification.complete(user["_id"], unit)
            self._verification.forget_change(user["_id"], unit)
            self._sessions.end_all(user["_id"], unit)
            self._known_addresses.remember(user["_id"], network, unit.session)

        self._transactions.run(attempt)

    def read(self, user_id: ObjectId) -> OwnUser:
        """Return an account; raises `UserNotFound`."""
        return self._seen(require_found(self._users.find(user_id)))

    def update(self, user_id: ObjectId, changes: dict[str, str]) -> OwnUser:
        """Change the name or the language of an account; raises `UserNotFound`."""

        def attempt(unit: UnitOfWork) -> User:
            if "name" in changes:
                self._names.renamed(unit, user_id)
            return require_found(self._users.update(user_id, changes, unit.session))

        return self._seen(self._transactions.run(attempt))

    def people(self, user_ids: Iterable[ObjectId]) -> dict[ObjectId, User]:
        """Return the accounts with these ids, by id, to show their names or to write mails."""
        return {user["_id"]: user for user in self._users.find_many(set(user_ids))}

    def _replace_password(self, user: UserWithSecrets, new_hash: bytes, *, but: ObjectId) -> None:
        def attempt(unit: UnitOfWork) -> None:
            if not self._users.set_password(user["_id"], new_hash, unit.session, instead_of=user["password_hash"]):
                raise ValidationFailed({"current_password": ["Is not your password."]})
            self._resets.delete_all(user["_id"], unit.session)
            self._verification.forget_change(user["_id"], unit)
            self._sessions.end_all(user["_id"], unit, but=but)

        self._transactions.run(attempt)

    def _seen(self, user: User) -> OwnUser:
        """Return an account with `email_verified` and its language."""
        verified = self._verification.counts_as_verified(user)
        return {**user, "email_verified": verified, "locale": locale_of(user)}
