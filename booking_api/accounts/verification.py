"""Verified emails: the owner of an address proves it with a token that was mailed there.

A change of an account's email is stored in `email_changes`, and takes effect when the new email is verified. It is
bound to the current password and email, so a change of either makes it void. Jobs and tokens refer to it by its id.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.client_session import ClientSession

from ..errors import ValidationFailed
from ..jobs.outbox import Outbox
from ..storage.client import Transactions, UnitOfWork
from . import rules
from .facts import VERIFICATION_OWED, Verification
from .model import Contact, EmailChange, User, UserWithSecrets
from .store import PasswordResetStore, UserStore
from .verification_store import EmailChangeStore, VerificationMailStore, VerificationTokenStore

TOKEN_LIFE = timedelta(hours=24)
CHANGE_LIFE = timedelta(days=3)  # longer than the delay of a mail and the life of its token together
WRONG_PASSWORD = {"password": ["Is not your password."]}


class EmailVerification:
    """Owes verification mails, and accepts their tokens. `required`: whether this service requires verified emails."""

    def __init__(
        self,
        users: UserStore,
        resets: PasswordResetStore,
        changes: EmailChangeStore,
        tokens: VerificationTokenStore,
        mails: VerificationMailStore,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
        *,
        required: bool,
    ):
        self.required = required
        self._users = users
        self._resets = resets
        self._changes = changes
        self._tokens = tokens
        self._mails = mails
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock

    def counts_as_verified(self, user: User) -> bool:
        """Whether to show an account as verified: if verified emails are not required, every account is."""
        return not self.required or rules.is_verified(user)

    def is_verified(self, user_id: ObjectId) -> bool:
        """Whether the email of an account was verified, required or not; False if there is no such account."""
        user = self._users.find(user_id)
        return user is not None and rules.is_verified(user)

    def is_missing(self, user_id: ObjectId) -> bool:
        """Whether the account lacks a required verified email; reads the account only if one is required."""
        return self.required and not self.is_verified(user_id)

    def owe_first(self, unit: UnitOfWork, user: UserWithSecrets) -> None:
        """Owe a new account the mail that verifies its email, if that is required, as part of its registration."""
        if self.required:
            self._owe(unit, user["_id"], user["email_key"], None)

    def request(self, user_id: ObjectId, email: str, password: str) -> None:
        """Owe a mail that verifies this email, which is the account's current one or the one to replace it.

        The caller does not learn whether another account has it. Raises `UserNotFound`, `ValidationFailed` if the
        password is wrong, and `TooManyVerifications`.
        """
        user = self._users.find_with_password(user_id)
        if user is None:
            raise rules.UserNotFound
        if not rules.password_matches(password, user["password_hash"]):
            raise ValidationFailed(WRONG_PASSWORD)

        def attempt(unit: UnitOfWork) -> None:
            present = self._users.find_with_password(user_id, unit.session)
            if present is None or present["password_hash"] != user["password_hash"]:  # changed meanwhile
                raise ValidationFailed(WRONG_PASSWORD)
            if rules.email_key(email) != present["email_key"]:
                self._owe_change(unit, present, email)
            elif rules.is_verified(present):
                self._changes.delete(user_id, unit.session)
            else:
                self._owe(unit, user_id, present["email_key"], None)
                self._changes.delete(user_id, unit.session)

        self._transactions.run(attempt)

    def grant(self, user_id: ObjectId, change_id: ObjectId | None) -> tuple[Contact, str] | None:
        """Return the owner of the address to verify and a new token; None if there is nothing to verify any more."""
        user = self._users.find_with_password(user_id)
        address = None if user is None else self._address_to_verify(user, change_id)
        if user is None or address is None:
            return None
        token = secrets.token_urlsafe(32)
        self._tokens.insert(rules.token_key(token), user_id, change_id, self._clock() + TOKEN_LIFE)
        return {"name": user["name"], "email": address, "locale": rules.locale_of(user)}, token

    def verify(self, token: str) -> None:
        """Verify an email with a token from a mail; a changed email takes effect.

        Raises `InvalidMailToken`, and `EmailTaken` if another account has the email by now.
        """
        key = rules.token_key(token)
        self._transactions.run(lambda unit: self._spend(unit, key))

    def complete(self, user_id: ObjectId, unit: UnitOfWork) -> None:
        """Mark the email of an account as verified, as part of a unit of work that has proof of it."""
        self._users.verify(user_id, self._clock(), unit.session)
        self._tokens.delete_for_present(user_id, unit.session)

    def forget_change(self, user_id: ObjectId, unit: UnitOfWork) -> None:
        """Drop the pending change of an account's email, as part of a unit of work."""
        self._changes.delete(user_id, unit.session)

    def _address_to_verify(self, user: UserWithSecrets, change_id: ObjectId | None) -> str | None:
        if change_id is None:
            return None if rules.is_verified(user) else user["email"]
        change = self._live_change(user, change_id)
        # If another account has the address, its owner gets no mail on somebody else's behalf.
        if change is None or self._users.find_for_login(change["email_key"]):
            return None
        return change["email"]

    def _spend(self, unit: UnitOfWork, key: str) -> None:
        spent = self._tokens.spend(key, self._clock(), unit.session)
        user = None if spent is None else self._users.find_with_password(spent["user_id"], unit.session)
        if spent is None or user is None:
            raise rules.InvalidMailToken
        if spent["change_id"] is not None:
            self._change(unit, user, spent["change_id"])
        elif rules.is_verified(user):
            raise rules.InvalidMailToken
        else:
            self.complete(user["_id"], unit)

    def _change(self, unit: UnitOfWork, user: UserWithSecrets, change_id: ObjectId) -> None:
        user_id, session = user["_id"], unit.session
        change = self._live_change(user, change_id, session)
        if change is None:
            raise rules.InvalidMailToken
        self._users.change_email(user_id, change["email"], change["email_key"], self._clock(), session)
        self._changes.delete(user_id, session)
        self._tokens.delete_all(user_id, session)
        self._resets.delete_all(user_id, session)

    def _owe_change(self, unit: UnitOfWork, user: UserWithSecrets, email: str) -> None:
        now, credentials = self._clock(), rules.credentials_key(user)
        change: EmailChange = {
            "_id": user["_id"],
            "change_id": ObjectId(),
            "email": email,
            "email_key": rules.email_key(email),
            "credentials": credentials,
            "expires_at": now + CHANGE_LIFE,
        }
        before = self._changes.find(user["_id"], unit.session)
        if before and (before["email_key"], before["credentials"]) == (change["email_key"], credentials):
            change["change_id"] = before["change_id"]  # so that tokens already sent stay valid
        self._owe(unit, user["_id"], change["email_key"], change["change_id"])
        self._changes.put(change, unit.session)

    def _owe(self, unit: UnitOfWork, user_id: ObjectId, email_key: str, change_id: ObjectId | None) -> None:
        wait = self._count(unit, rules.account_counter(user_id))
        if wait is not None:
            seconds = int(wait.total_seconds()) + 1
            detail = f"At most {rules.VERIFICATIONS_A_DAY} mails a day to verify an email: ask again in {seconds} s."
            raise rules.TooManyVerifications(detail, retry_after_seconds=seconds)
        # The caller is not told that an address has had its mails for today: others may have requested them.
        if self._count(unit, rules.address_counter(email_key)) is None:
            payload: Verification = {"user_id": user_id, "change_id": change_id}
            self._outbox.record(unit, VERIFICATION_OWED, [payload])

    def _count(self, unit: UnitOfWork, counter: str) -> timedelta | None:
        now = self._clock()
        earlier = self._mails.times(counter, unit.session)
        wait = rules.verification_wait(earlier, now)
        if wait is None:
            latest = [*earlier, now][-rules.VERIFICATIONS_A_DAY :]
            self._mails.put(counter, latest, now + rules.DAY, unit.session)
        return wait

    def _live_change(
        self, user: UserWithSecrets, change_id: ObjectId, session: ClientSession | None = None
    ) -> EmailChange | None:
        change = self._changes.find(user["_id"], session)
        live = (
            change is not None
            and change["change_id"] == change_id
            and change["credentials"] == rules.credentials_key(user)
            and change["expires_at"] > self._clock()
        )
        return change if live else None
