"""What a promo code means for an order, and the errors of codes. Pure: `promo` has the codes themselves.

A loader puts the codes that orders name into the ledger of their event. An order asks its code what it takes off, and
spends it once it has its tickets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bson import ObjectId

from ..errors import TIME_OR_NULL, Conflict, Invalid
from ..events.model import Event
from ..events.stock import Line
from .model import UsedCode


class CodeUnknown(Invalid):
    """This event has no such promo code that can be used now.

    Look at how it is written; capitals do not matter. Ask the organizer for another, or order without a code.
    """

    code = "code_unknown"
    title = "No such promo code"
    example = {
        "detail": "This event has no such promo code that can be used now.",
        "errors": {"code": ["This event has no such promo code."]},
    }


class CodeExhausted(Conflict):
    """The promo code was used as often as it may be, by everybody or by you. Nothing was booked.

    `remaining` says for how many tickets it can still be used. Order at most that many with it, or without a code.
    """

    code = "code_exhausted"
    title = "The promo code is used up"
    example = {"detail": "With this code you can have 1 more ticket.", "remaining": 1}


class CodeExpired(Conflict):
    """The promo code can be used at other times only; `valid_from` and `valid_until` say when. Nothing was booked.

    Order within its time, or without a code.
    """

    code = "code_expired"
    title = "The promo code cannot be used now"
    example = {
        "detail": "The code can be used until 2031-01-01T00:00:00Z.",
        "valid_from": None,
        "valid_until": "2031-01-01T00:00:00Z",
    }
    extensions = {"valid_from": TIME_OR_NULL, "valid_until": TIME_OR_NULL}


class CodeNotApplicable(Conflict):
    """The promo code is for other ticket types than those of the order. Nothing was booked.

    Order tickets that it is for, or order without a code.
    """

    code = "code_not_applicable"
    title = "The promo code is for other tickets"


PROBLEMS = (CodeUnknown, CodeExhausted, CodeExpired, CodeNotApplicable)


class Discount(Protocol):
    """A promo code as a transaction has read it, with what the requests before have done to it."""

    @property
    def used(self) -> UsedCode:
        """What a booking keeps of it."""

    def unlocked(self, event: Event) -> frozenset[ObjectId]:
        """Return the hidden ticket types that can be ordered with it."""

    def reductions(
        self, lines: Sequence[Line], event: Event, customer_id: ObjectId, now: datetime
    ) -> Sequence[int | None]:
        """Return what it takes off the price of each ticket, by line: None where it does not apply.

        Raises `CodeExpired`, `CodeNotApplicable`, and `CodeExhausted` if the order would use it too often.
        """

    def spend(self, customer_id: ObjectId, tickets: int) -> None:
        """Use it for a booking in which it applies to so many tickets; raises `CodeExhausted`."""


@dataclass
class Discounts:
    """The part of a ledger that has its codes: by how orders write them, and by their ids."""

    as_written: dict[str, Discount] = field(default_factory=dict)
    by_id: dict[ObjectId, Discount] = field(default_factory=dict)

    def named(self, code: str) -> Discount:
        """Return the code that an order has written like this; raises `CodeUnknown`."""
        found = self.as_written.get(code)
        if found is None:
            raise CodeUnknown
        return found
