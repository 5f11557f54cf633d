"""The documents of accounts, a class for those of each collection."""

from datetime import datetime
from typing import NotRequired, TypedDict

from bson import ObjectId


class Contact(TypedDict):
    """Somebody to whom mail can be sent."""

    name: str
    email: str
    verified_at: NotRequired[datetime | None]  # None until verified; missing in accounts older than verification
    locale: NotRequired[str]  # the language of their mail; missing in accounts older than languages


class User(Contact):
    """An account in `users`, without its secrets."""

    _id: ObjectId
    role: str
    created_at: datetime
    banned_at: NotRequired[datetime]  # missing unless an operator has banned it
    ban_reason: NotRequired[str | None]
    name_copies: NotRequired[int]  # how often its name was copied into another document; see `names`


class UserWithSecrets(User):
    """An account in `users` with all of its fields."""

    email_key: str  # the email in the form in which it is unique
    password_hash: bytes


class OwnUser(User):
    """An account as its owner sees it."""

    email_verified: bool


class Rotation(TypedDict):
    """A refresh token that was exchanged, and when."""

    jti: str
    at: datetime


class Session(TypedDict):
    """A session in `sessions`."""

    _id: ObjectId
    user_id: ObjectId
    refresh_jti: str  # the id of the only refresh token that is alive
    issued_at: NotRequired[int]  # when that was issued, in seconds since 1970; missing before the first exchange
    verified: NotRequired[bool]  # whether it says that the email was verified; missing before the first exchange
    rotations: NotRequired[list[Rotation]]  # the latest tokens that were exchanged
    expires_at: datetime
    ended_at: datetime | None


class PasswordReset(TypedDict):
    """A token that sets a new password, in `password_resets`."""

    _id: str  # the digest of the token
    user_id: ObjectId
    credentials: NotRequired[str]  # the digest of the password and email that it replaces
    expires_at: datetime


class PasswordResetRequest(TypedDict):
    """When a mail for a new password was last owed to an email, in `password_reset_requests`."""

    _id: str  # the digest of the email
    owed_at: datetime
    expires_at: datetime


class KnownAddressList(TypedDict):
    """The networks from which an account was opened or logged into, in `known_addresses`."""

    _id: ObjectId  # of the user
    addresses: dict[str, datetime]  # digest of the network: when it was last used
    expires_at: datetime


class EmailChange(TypedDict):
    """The email that an account wants to have, in `email_changes`."""

    _id: ObjectId  # of the user
    change_id: ObjectId
    email: str
    email_key: str
    credentials: str  # the digest of the password and email at the time of the request
    expires_at: datetime


class VerificationToken(TypedDict):
    """A token that verifies an email, in `email_verifications`."""

    _id: str  # the digest of the token
    user_id: ObjectId
    change_id: ObjectId | None  # None if it verifies the email that the account has
    expires_at: datetime


class VerificationMails(TypedDict):
    """When the latest verification mails were owed, in `verification_mails`."""

    _id: str  # an account, or the digest of an address
    times: list[datetime]
    expires_at: datetime
