"""The shapes of accounts."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ..http.fields import Arguments, Bounded, Choice, Email, Id, Representation, Text, Timestamp
from ..languages.catalogue import CODES
from ..mail_domains import ascii_domain
from .passwords import refuse_common
from .rules import LONGEST_EMAIL, ROLES, email_key

LONGEST_GUESS = 1000  # at login; above the limit at registration, so that a long guess is wrong like any other
LONGEST_TOKEN = 200
LANGUAGE = "The language of the mail that this account gets."
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
MOST_DECOMPOSED = 4  # code points that NFC may combine into one (Unicode, annex 15, section 9)


def refuse_unprintable(address: str) -> None:
    """Raise `ValidationError` for control and invisible characters, which a quoted local part or a domain may have."""
    if not address.isprintable():
        raise ValidationError("Characters that cannot be printed are not allowed.")


def refuse_long_key(address: str) -> None:
    """Raise `ValidationError` for an email that is too long once it is normalized (as ㌔ becomes キロ)."""
    if len(email_key(address)) > LONGEST_EMAIL:
        raise ValidationError(f"Longer than maximum length {LONGEST_EMAIL}.")


def refuse_undeliverable(address: str) -> None:
    """Raise `ValidationError` for a domain that has no form in ASCII, so that no server can carry mail to it."""
    try:
        ascii_domain(address.rpartition("@")[2])
    except ValueError as error:
        raise ValidationError("There can be no such domain.") from error


email = Email(most=LONGEST_EMAIL, validators=[refuse_unprintable, refuse_long_key, refuse_undeliverable], required=True)


class NewPassword(Bounded):
    """A password of 8 to 128 characters of any script that is not commonly used."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
            room=(MOST_DECOMPOSED - 1) * LONGEST_PASSWORD,
            validators=[refuse_common],
            load_only=True,
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        # Normalized as it is hashed, so that the same characters have the same length on every system.
        return unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))


class Registration(Arguments):
    """The body of a registration."""

    name = Text(least=1, most=100, required=True)
    email = email
    password = NewPassword(required=True)
    role = Choice("Role", ROLES, required=True)


class Credentials(Arguments):
    """The body of a login."""

    email = Bounded(most=LONGEST_GUESS, required=True)
    password = Bounded(most=LONGEST_GUESS, required=True, load_only=True)


class PasswordResetRequest(Arguments):
    """The email of the account whose password is to be reset."""

    email = Bounded(most=LONGEST_GUESS, required=True)


class ResetRequested(Representation):
    """An empty answer, which does not reveal who has an account."""


class PasswordReset(Arguments):
    """A new password, with the token from the mail."""

    token = Bounded(most=LONGEST_TOKEN, required=True, load_only=True)
    new_password = NewPassword(required=True)


class EmailChange(Arguments):
    """An email to verify for one's own account, with the password."""

    email = email
    password = Bounded(most=LONGEST_GUESS, required=True, load_only=True)


class VerificationRequested(Representation):
    """An empty answer, which does not reveal whether somebody else has the email."""


class EmailToken(Arguments):
    """The token that verifies an email."""

    token = Bounded(most=LONGEST_TOKEN, required=True, load_only=True)


class PasswordChange(Arguments):
    """A change of one's own password."""

    current_password = Bounded(most=LONGEST_GUESS, required=True, load_only=True)
    new_password = NewPassword(required=True)


class UserUpdate(Arguments):
    """What can be changed in one's own account."""

    name = Text(least=1, most=100)
    locale = Choice("Locale", CODES, metadata={"description": LANGUAGE})

    @validates_schema
    def require_a_change(self, data: dict[str, str], **_kwargs: Any) -> None:
        """Refuse a body that changes nothing."""
        if not data:
            raise ValidationError("Give a name or a locale.")


class UserRead(Representation):
    """An account as its owner sees it."""

    id = Id(attribute="_id")
    name = fields.String()
    email = fields.String()
    email_verified = fields.Boolean()
    locale = Choice("Locale", CODES, metadata={"description": LANGUAGE})
    role = Choice("Role", ROLES)
    created_at = Timestamp()


class TokenPair(Representation):
    """The tokens of a session."""

    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String(validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(metadata={"description": "Life of the access token in seconds."})


class Session(TokenPair):
    """The answer to a login."""

    user = fields.Nested(UserRead)
