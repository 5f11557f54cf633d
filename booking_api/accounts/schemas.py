"""The shapes of accounts."""

import unicodedata

from marshmallow import Schema, ValidationError, fields, validate

from ..web.fields import Id, Representation, Text, Timestamp
from ..web.tokens import ROLES
from .passwords import refuse_common

LONGEST_EMAIL = 254  # RFC 3696, erratum 1690


def refuse_unprintable(address: str) -> None:
    """Raise `ValidationError` for control and invisible characters: a quoted local part or a domain may have some."""
    if not address.isprintable():
        raise ValidationError("Characters that cannot be printed are not allowed.")


email = fields.Email(required=True, validate=[validate.Length(max=LONGEST_EMAIL), refuse_unprintable])


class NewPassword(fields.String):
    """8 to 128 characters of any script, and not one of those that everybody tries first."""

    def __init__(self, **kwargs):
        super().__init__(validate=[validate.Length(8, 128), refuse_common], load_only=True, **kwargs)

    def _deserialize(self, value, attr, data, **kwargs) -> str:
        # Counted as it is hashed: the same characters are as long on every system.
        return unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))


class Registration(Schema):
    """What opens an account."""

    name = Text(least=1, most=100, required=True)
    email = email
    password = NewPassword(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class Credentials(Schema):
    """What logs in. Its bounds are wider than registration's, so that a wrong guess is a 401 and not a hint."""

    email = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(required=True, validate=validate.Length(max=1000), load_only=True)


class PasswordResetRequest(Schema):
    """Whose password is to be set anew."""

    email = fields.String(required=True, validate=validate.Length(max=1000))


class ResetRequested(Representation):
    """Nothing: who has an account here is not said."""


class PasswordReset(Schema):
    """What sets a new password."""

    token = fields.String(required=True, validate=validate.Length(max=200), load_only=True)
    new_password = NewPassword(required=True)


class EmailChange(Schema):
    """Which email is to be verified, and whose."""

    email = email
    password = fields.String(required=True, validate=validate.Length(max=1000), load_only=True)


class VerificationRequested(Representation):
    """Nothing: whether somebody else has the email is not said."""


class EmailToken(Schema):
    """What verifies an email."""

    token = fields.String(required=True, validate=validate.Length(max=200), load_only=True)


class PasswordChange(Schema):
    """What changes one's password."""

    current_password = fields.String(required=True, validate=validate.Length(max=1000), load_only=True)
    new_password = NewPassword(required=True)


class UserUpdate(Schema):
    """What one can change of oneself."""

    name = Text(least=1, most=100, required=True)


class UserRead(Representation):
    """An account as its owner sees it."""

    id = Id(attribute="_id")
    name = fields.String()
    email = fields.String()
    email_verified = fields.Boolean()
    role = fields.String(validate=validate.OneOf(ROLES))
    created_at = Timestamp()


class TokenPair(Representation):
    """The tokens of a session."""

    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String(validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(metadata={"description": "Life of the access token in seconds."})


class Session(TokenPair):
    """A login's answer."""

    user = fields.Nested(UserRead)
