"""The rules of accounts: emails, passwords, tokens and verification, and the errors of this resource."""

import base64
import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta
from typing import TypeVar

import bcrypt

from ..errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from ..languages.catalogue import CODES, DEFAULT
from .model import Contact, User, UserWithSecrets

LONGEST_EMAIL = 254  # RFC 3696, erratum 1690
ORGANIZER, CUSTOMER = ROLES = ("organizer", "customer")
CUSTOMERS_ONLY, CLOSED = "customers", "closed"  # values of the setting REGISTRATION; by default it is open

# Separates these digests from any other use of HMAC-SHA256 on the same passwords; it is not secret.
PRE_HASH_KEY = b"booking-api/password/v1"
VERIFICATIONS_A_DAY = 3
DAY = timedelta(days=1)
Found = TypeVar("Found", bound=User)


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
    """There is no such account: no account has the email that you sent, or yours no longer exists.

    Ask whose email it is to register first. If it is your own account that is gone, forget its token.
    """

    code = "user_not_found"
    title = "No such account"


class WrongRole(Forbidden):
    """This address is for the other role: organizers make events and customers book. Staff do what is their event's.

    Log in with an account of the role that `detail` names; an account has one role for good. The organizer of an event
    can make any account its manager or scanner.
    """

    code = "wrong_role"
    title = "Your role may not do this"
    example = {"detail": "This is for the role customer, and you are signed in as organizer."}


class RegistrationClosed(Forbidden):
    """The operator of this service lets nobody register in this role. No account was opened.

    Log in if you have an account. `detail` says whether the other role is open; for this one ask the operator.
    """

    code = "registration_closed"
    title = "Registration is closed"
    example = {"detail": "Organizers cannot register here: ask the operator for an account. Customers can."}


class AccountBanned(Forbidden):
    """The operator of this service has banned this account, so it cannot log in.

    Only who sends the right password hears this. Have its owner write to the operator. The account's events and
    bookings are kept.
    """

    code = "account_banned"
    title = "This account is banned"


class RegistrationPolicy:
    """Who may register, as the setting `REGISTRATION` says."""

    def __init__(self, registration: str):
        self._registration = registration

    def require_open(self, role: str) -> None:
        """Raise `RegistrationClosed` if nobody can register in this role."""
        if self._registration == CLOSED:
            raise RegistrationClosed("Nobody can register here now.")
        if self._registration == CUSTOMERS_ONLY and role != CUSTOMER:
            raise RegistrationClosed(RegistrationClosed.example["detail"])


def email_key(email: str) -> str:
    """Return the form in which an email is unique: normalized and case-folded.

    An email that is too long for an account is cut, but stays too long to be equal to that of an account. So the keys
    under which requests are stored and counted are of bounded length.
    """
    return unicodedata.normalize("NFKC", email).casefold()[: LONGEST_EMAIL + 1]


def hash_password(password: str, rounds: int) -> bytes:
    """Return the bcrypt hash of a password at the given cost, the base-2 logarithm of the number of rounds."""
    return bcrypt.hashpw(_pre_hash(password), bcrypt.gensalt(rounds))


def password_matches(password: str, password_hash: bytes) -> bool:
    """Whether the password has this hash; takes as long as hashing."""
    return bcrypt.checkpw(_pre_hash(password), password_hash)


def matches_at_cost(password: str, password_hash: bytes, rounds: int) -> bool:
    """Whether the password has this hash; a wrong one takes as long as with a hash at a cost of `rounds`."""
    if password_matches(password, password_hash):
        return True
    # The work doubles with each step of the cost, and 2^c + (2^c + 2^(c+1) + ... + 2^(rounds-1)) = 2^rounds.
    for cost in range(cost_of(password_hash), rounds):
        password_matches(password, nobodys_hash(cost))
    return False


def token_key(token: str) -> str:
    """Return the digest under which a token is stored, so that the database does not show the token.

    Tokens are random, so a plain hash is enough.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def cost_of(password_hash: bytes) -> int:
    """Return the cost of a bcrypt hash."""
    return int(password_hash.split(b"$")[2])


def credentials_key(user: UserWithSecrets) -> str:
    """Return a digest of email and password hash; whatever is bound to it is void after a change of either."""
    return hashlib.sha256(user["email_key"].encode() + b"\0" + user["password_hash"]).hexdigest()


def is_banned(user: User) -> bool:
    """Whether an operator has banned the account."""
    return user.get("banned_at") is not None


def is_verified(contact: Contact) -> bool:
    """Whether the email was verified; that of an account from before there was a `verified_at` counts as verified."""
    return "verified_at" not in contact or contact["verified_at"] is not None


def locale_of(contact: Contact) -> str:
    """Return the language of somebody's mail: the default for an account without one, or with one that has gone."""
    locale = contact.get("locale", DEFAULT)
    return locale if locale in CODES else DEFAULT


def account_counter(user_id: object) -> str:
    """Return the key under which the verification mails of an account are counted."""
    return f"account:{user_id}"


def address_counter(email_key: str) -> str:
    """Return the key under which the verification mails to an address are counted, without storing the address."""
    return f"address:{hashlib.sha256(email_key.encode()).hexdigest()}"


def verification_wait(earlier: list[datetime], now: datetime) -> timedelta | None:
    """Return how long to wait before another verification mail, given the times of the latest; None if not at all."""
    recent = sorted(moment for moment in earlier if moment > now - DAY)
    return None if len(recent) < VERIFICATIONS_A_DAY else recent[-VERIFICATIONS_A_DAY] + DAY - now


def is_cheaper(password_hash: bytes, rounds: int) -> bool:
    """Whether a hash has a lower cost than `rounds`."""
    return cost_of(password_hash) < rounds


def nobodys_hash(rounds: int) -> bytes:
    """Return a hash of the given cost that no password has; checking a password takes as long as with a real one."""
    return b"$2b$%02d$" % rounds + b"." * 53


def _pre_hash(password: str) -> bytes:
    # bcrypt reads at most 72 bytes and stops at NUL; a base64 digest has 44 bytes and no NUL. NFC makes the same
    # characters typed on another system the same password (RFC 8265, section 4.2.2).
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(PRE_HASH_KEY, normal, hashlib.sha256))


def require_found(user: Found | None) -> Found:
    """Return the account; raises `UserNotFound` if there is none."""
    if user is None:
        raise UserNotFound
    return user
