"""The shapes of who works for an event."""

from marshmallow import fields

from ..accounts.schemas import email
from ..http.fields import Arguments, Choice, Id, Representation
from ..http.pagination import list_schema
from .permissions import STAFF_ROLES

ROLE = "What they may do: a `manager` all but staff, deleting and payments, a `scanner` only work at the door."


class StaffEntry(Arguments):
    """Somebody who is to work for an event."""

    email = email
    role = Choice("StaffRole", STAFF_ROLES, required=True, metadata={"description": ROLE})


class StaffUser(Representation):
    """The account of somebody who works for an event."""

    id = Id(attribute="_id")
    name = fields.String()
    email = fields.String()


class StaffRead(Representation):
    """Somebody who works for an event."""

    user = fields.Nested(StaffUser)
    role = Choice("StaffRole", STAFF_ROLES, metadata={"description": ROLE})


StaffList = list_schema(StaffRead, "StaffList")
