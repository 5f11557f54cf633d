"""The shapes of accounts."""

from marshmallow import Schema, fields, validate

from ..web.access import ROLES
from ..web.fields import Id, Text, Timestamp

LONGEST_EMAIL = 254  # RFC 3696, erratum 1690
email = fields.Email(required=True, validate=validate.Length(max=LONGEST_EMAIL))


class Registration(Schema):
    """What opens an account."""

    name = Text(least=1, most=100, required=True)
    email = email
    password = Text(least=8, most=128, required=True, strip=False, load_only=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class Credentials(Schema):
    """What logs in. Its bounds are wider than registration's, so that a wrong guess is a 401 and not a hint."""

    email = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(required=True, validate=validate.Length(max=1000), load_only=True)


class PasswordResetRequest(Schema):
    """Whose password is to be set anew."""

    email = fields.String(required=True, validate=validate.Length(max=1000))


class PasswordReset(Schema):
    """What sets a new password."""

    token = fields.String(required=True, validate=validate.Length(max=200), load_only=True)
    new_password = Text(least=8, most=128, required=True, strip=False, load_only=True)


class UserUpdate(Schema):
    """What one can change of oneself."""

    name = Text(least=1, most=100, required=True)


class UserRead(Schema):
    """An account as its owner sees it."""

    id = Id(attribute="_id")
    name = fields.String()
    email = fields.String()
    role = fields.String()
    created_at = Timestamp()


class Session(Schema):
    """A login's answer."""

    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(metadata={"description": "Life of the access token in seconds."})
    user = fields.Nested(UserRead)
