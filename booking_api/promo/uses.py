"""A promo code in a sale: what it takes off an order, and whether it may still be used. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings.model import UsedCode
from ..bookings.released import Released
from ..clock import rfc3339
from ..events.card_amounts import step_of
from ..events.code_rules import CodeExhausted, CodeExpired, CodeNotApplicable
from ..events.model import Event
from ..events.payment import mode_of
from ..events.stock import Line
from . import rules
from .model import PromoCode


@dataclass
class CodeInSale:
    """A code as a transaction has read it, with what the orders before have spent and what bookings have given back.

    `tickets_of` is how many tickets customers have with it in live bookings, if there is a limit to that. Of a booking
    that ends in the same transaction its customer still has them: who cancels and orders at once may be refused.
    """

    code: PromoCode
    released: Released = field(default_factory=Released)
    tickets_of: dict[ObjectId, int] = field(default_factory=dict)
    tickets: int = 0  # spent in this transaction, like the next one
    bookings: int = 0

    @property
    def used(self) -> UsedCode:
        """What a booking keeps of it."""
        return {"_id": self.code["_id"], "code": self.code["code"]}

    def unlocked(self, event: Event) -> frozenset[ObjectId]:
        """Return the hidden ticket types that can be ordered with it."""
        return rules.unlocked(self.code, event)

    def remaining(self, customer_id: ObjectId | None) -> int | None:
        """Return for how many more tickets a customer, or somebody unknown, can use it; None for any number."""
        code, code_id = self.code, self.code["_id"]
        left = []
        if code["max_bookings"] is not None:
            used = code["used_bookings"] + self.bookings - self.released.bookings[code_id]
            if used >= code["max_bookings"]:
                left.append(0)
        if code["max_tickets"] is not None:
            left.append(code["max_tickets"] - code["used_tickets"] - self.tickets + self.released.tickets[code_id])
        if code["max_per_customer"] is not None:
            has = self.tickets_of.get(customer_id, 0) if customer_id is not None else 0
            left.append(code["max_per_customer"] - has)
        return max(0, min(left)) if left else None

    def reductions(
        self, lines: Sequence[Line], event: Event, customer_id: ObjectId | None, now: datetime
    ) -> list[int | None]:
        """Return what it takes off the price of each ticket, by line: None where it does not apply.

        Raises `CodeExpired`, `CodeNotApplicable`, and `CodeExhausted` if the order would use it too often.
        """
        self.require_valid(now)
        prices, step = prices_of(event), step_of(mode_of(event), event["currency"])
        applies = [rules.applies_to(self.code, line.ticket_type_id, event) for line in lines]
        if not any(applies):
            raise CodeNotApplicable
        tickets = sum(line.quantity for line, applied in zip(lines, applies, strict=True) if applied)
        self._require_room(customer_id, tickets)
        return [
            rules.reduction(self.code, prices[line.ticket_type_id], step) if applied else None
            for line, applied in zip(lines, applies, strict=True)
        ]

    def spend(self, customer_id: ObjectId, tickets: int) -> None:
        """Use it for a booking in which it applies to so many tickets; raises `CodeExhausted`."""
        self._require_room(customer_id, tickets)
        self.tickets += tickets
        self.bookings += 1
        self.tickets_of[customer_id] = self.tickets_of.get(customer_id, 0) + tickets

    def require_valid(self, now: datetime) -> None:
        """Raise `CodeExpired` before and after its time."""
        starts, ends = self.code["valid_from"], self.code["valid_until"]
        early = starts is not None and now < starts
        if not early and (ends is None or now < ends):
            return
        members: dict[str, Any] = {"valid_from": starts and rfc3339(starts), "valid_until": ends and rfc3339(ends)}
        when = f"from {members['valid_from']} on" if early else f"until {members['valid_until']}"
        raise CodeExpired(f"The code can be used {when}.", **members)

    def _require_room(self, customer_id: ObjectId | None, tickets: int) -> None:
        remaining = self.remaining(customer_id)
        if remaining is not None and tickets > remaining:
            raise CodeExhausted(_short(remaining), remaining=remaining)


def prices_of(event: Event) -> Mapping[ObjectId | None, int]:
    """Return the prices of an event's types by their ids; the implicit type of an event without types is free."""
    prices: dict[ObjectId | None, int] = {each["_id"]: each["price"] for each in event["ticket_types"]}
    return prices or {None: 0}


def _short(remaining: int) -> str:
    if not remaining:
        return "The code was used as often as it may be."
    return f"With this code you can have {remaining} more ticket{'' if remaining == 1 else 's'}."
