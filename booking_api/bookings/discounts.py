"""What a promo code means for an order, and the errors of codes. Pure: `promo` has the codes themselves.

A loader puts the codes that orders name into the ledger of their event. An order asks its code what it takes off, and
spends it once it has its tickets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bson import ObjectId

from ..events.code_rules import CodeExhausted, CodeExpired, CodeNotApplicable, CodeUnknown
from ..events.model import Event
from ..events.stock import Line
from .model import UsedCode

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
