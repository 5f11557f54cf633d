"""What an event says of its waiting list."""

from typing import Any

from marshmallow import fields

from ..http.fields import Choice, Representation
from .waiting import POLICIES

POLICY = (
    "Who is offered tickets that come back: with `first_fit` the earliest who waits for as many, and what suits nobody "
    "is on sale; with `strict` nobody overtakes, and nothing is on sale while anybody waits who may have tickets."
)
OPEN = "Whether one can join, now or once as many as one wants are not on sale; so until the sale ends."


def policy(**options: Any) -> Choice:
    """Return the field for the policy of a list."""
    return Choice("WaitlistPolicy", POLICIES, metadata={"description": POLICY}, **options)


class EventWaitlist(Representation):
    """The waiting list of an event as everybody sees it."""

    open = fields.Boolean(metadata={"description": OPEN})
    waiting = fields.Integer(metadata={"description": "How many people wait."})
