"""What an account may be called, how passwords are kept, and the errors of this resource."""

import base64
import hashlib
import hmac
import unicodedata

import bcrypt

from ..errors import Conflict, Invalid, NotFound, Unauthenticated

LONGEST_EMAIL = 254  # RFC 3696, erratum 1690
# Keeps these digests apart from any other use of HMAC-SHA256 over the same passwords; it is no secret.
PRE_HASH_KEY = b"booking-api/password/v1"


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


class InvalidResetToken(Invalid):
    """The token for a new password is unknown, was used already, or is older than 30 minutes.

    Ask for a new mail at `POST /api/v1/auth/password-reset`, and use the token from the newest one.
    """

    code = "invalid_token"
    title = "The token is not valid"
    example = {"errors": {"token": ["Is unknown, was used already, or is older than 30 minutes."]}}


class SessionEnded(Unauthenticated):
    """The session has ended: by logout, by a new password, or because a refresh token was used a second time.

    Log in again. Each refresh token works once: keep the new pair of every refresh, and share it between tabs.
    """

    code = "session_ended"
    title = "The session has ended"


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


def reset_token_key(token: str) -> str:
    """Under what a token is kept: who reads the database cannot use it. It is random, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_cheaper(password_hash: bytes, rounds: int) -> bool:
    """Whether a hash was made at a lower cost than today's."""
    return int(password_hash.split(b"$")[2]) < rounds


def nobodys_hash(rounds: int) -> bytes:
    """A hash that no password has, at the given cost: checking against it takes as long as against a real one."""
    return b"$2b$%02d$" % rounds + b"." * 53


def _pre_hash(password: str) -> bytes:
    # bcrypt reads 72 bytes and stops at NUL; a base64 digest has 44 and none. NFC: the same characters typed on
    # another system are the same password (RFC 8265, section 4.2.2).
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(PRE_HASH_KEY, normal, hashlib.sha256))
