"""What an account may be called, how passwords are kept, and the errors of this resource."""

import base64
import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import bcrypt

from ..errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated

LONGEST_EMAIL = 254  # RFC 3696, erratum 1690
ORGANIZER, CUSTOMER = ROLES = ("organizer", "customer")

# Keeps these digests apart from any other use of HMAC-SHA256 over the same passwords; it is no secret.
PRE_HASH_KEY = b"booking-api/password/v1"
VERIFICATIONS_A_DAY = 3
DAY = timedelta(days=1)


class EmailTaken(Conflict):
    """An account with this email exists already; the case of letters makes no difference.

    Log in, or ask for a new password at `POST /api/v1/auth/password-reset`. Each email has one account, in one role.
    """

    code = "email_taken"
    title = "This email has an account"


class InvalidCredentials(Unauthenticated):
    """Email and password do not belong together. Which of the two is wrong is not said.

    Have both typed again, or ask for a new password at `POST /api/v1/auth/password-reset`.
    """

    code = "invalid_credentials"
    title = "Email or password is wrong"


class InvalidMailToken(Invalid):
    """The token from the mail is unknown, was used already, or is too old.

    One for a new password works for 30 minutes, one that verifies an email for 24 hours, and each dies with a change of
    what it is for. Ask for a new mail at `POST /api/v1/auth/password-reset` or `POST /api/v1/users/me/email`.
    """

    code = "invalid_token"
    title = "The token is not valid"
    example = {"errors": {"token": ["Is unknown, was used already, or is too old."]}}


class TooManyVerifications(TooMany):
    """An account can ask for three mails that verify an email in 24 hours. This one was not sent.

    Use the token from the newest mail, or ask again after the seconds in `Retry-After`.
    """

    code = "too_many_verifications"
    title = "Too many mails to verify an email"
    example = {"detail": "At most 3 mails a day to verify an email: ask again in 17 s."}


class UserNotFound(NotFound):
    """The account behind this token no longer exists.

    Forget the token, and register or log in again.
    """

    code = "user_not_found"
    title = "No such account"


def email_key(email: str) -> str:
    """The form under which an email is unique: normalized, regardless of case.

    It is kept and counted by, so one that is longer than any account's is cut to a length that no account's has.
    """
    return unicodedata.normalize("NFKC", email).casefold()[: LONGEST_EMAIL + 1]


def hash_password(password: str, rounds: int) -> bytes:
    """A bcrypt hash at the given cost (the base-2 logarithm of its rounds)."""
    return bcrypt.hashpw(_pre_hash(password), bcrypt.gensalt(rounds))


def password_matches(password: str, password_hash: bytes) -> bool:
    """Whether the password is the one that was hashed; takes as long as hashing."""
    return bcrypt.checkpw(_pre_hash(password), password_hash)


def token_key(token: str) -> str:
    """Under what a token is kept: who reads the database cannot use it. It is random, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def cost_of(password_hash: bytes) -> int:
    """The cost that a hash was made at."""
    return int(password_hash.split(b"$")[2])


def credentials_key(user: dict[str, Any]) -> str:
    """A digest of what an account logs in with; what is bound to it dies with a change of password or email."""
    return hashlib.sha256(user["email_key"].encode() + b"\0" + user["password_hash"]).hexdigest()


def is_verified(user: dict[str, Any]) -> bool:
    """Whether the email of an account was verified; those from before there was a `verified_at` count as verified."""
    return "verified_at" not in user or user["verified_at"] is not None


def account_counter(user_id: object) -> str:
    """Under what the verification mails of an account are counted."""
    return f"account:{user_id}"


def address_counter(email_key: str) -> str:
    """Under what the verification mails to an address are counted, without keeping the address."""
    return f"address:{hashlib.sha256(email_key.encode()).hexdigest()}"


def verification_wait(earlier: list[datetime], now: datetime) -> timedelta | None:
    """How long until another verification mail may be owed, given when the latest were; None if it may be now."""
    recent = sorted(moment for moment in earlier if moment > now - DAY)
    return None if len(recent) < VERIFICATIONS_A_DAY else recent[-VERIFICATIONS_A_DAY] + DAY - now


def is_cheaper(password_hash: bytes, rounds: int) -> bool:
    """Whether a hash was made at a lower cost than today's."""
    return cost_of(password_hash) < rounds


def nobodys_hash(rounds: int) -> bytes:
    """A hash that no password has, at the given cost: checking against it takes as long as against a real one."""
    return b"$2b$%02d$" % rounds + b"." * 53


def _pre_hash(password: str) -> bytes:
    # bcrypt reads 72 bytes and stops at NUL; a base64 digest has 44 and none. NFC: the same characters typed on
    # another system are the same password (RFC 8265, section 4.2.2).
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(PRE_HASH_KEY, normal, hashlib.sha256))
