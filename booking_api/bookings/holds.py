"""Holds are for making up one's mind, not for keeping tickets from others: how many, and how often. Pure.

This is about the holds that customers ask for themselves. Each has a `hold_ended_at`: `NOT_YET` while it is held, then
when it was given up or ran out, and None once it was confirmed. A booking without that field does not count here.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from ..errors import Conflict
from ..events.stock import Line, Stock
from .model import Booking
from .rules import HELD, CustomerLimit

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)  # sorts behind every time at which a hold has ended
REMEMBERED = timedelta(hours=1)
COOLDOWN = timedelta(minutes=15)
FREE_ENDS = 2
# So many of a customer's holds are looked at, for each ticket that may be held: all that are held now, and behind them
# enough that ended to show somebody who takes the same tickets again and again.
LOOK_BACK = 3


class HoldCooldown(Conflict):
    """Two or more of your holds of this event were given up or ran out within the last hour, and few tickets are left.

    Wait for the seconds in `Retry-After`, and send it with a new `Idempotency-Key`. Booking without a hold is possible
    at once, and so is a hold while as many tickets of its type are on sale as those holds had.
    """

    code = "hold_cooldown"
    title = "Too many holds that came to nothing"
    example = {"detail": "2 of your holds of this event came to nothing: hold tickets again in 540 s, or book them."}


@dataclass
class CustomerHolds:
    """A customer's holds of one event: the tickets held now, and the holds that ended within the last hour."""

    held: int = 0
    ended: int = 0
    last_end: datetime | None = None
    given_back: Counter[ObjectId | None] = field(default_factory=Counter)  # tickets of those that ended, by type

    def add(self, hold: Booking) -> None:
        """Count a hold as it is stored."""
        ended_at = hold["hold_ended_at"]
        if is_running(hold):
            self.held += _tickets(hold)
        elif ended_at is not None:
            self._note_end(hold, ended_at)

    def end(self, hold: Booking, at: datetime | None) -> None:
        """A hold that was counted as held was given up or ran out at this time, or with None was confirmed."""
        self.held -= _tickets(hold)
        if at is not None:
            self._note_end(hold, at)

    def _note_end(self, hold: Booking, at: datetime) -> None:
        self.ended += 1
        self.last_end = max(at, self.last_end or at)
        for item in hold["items"]:
            self.given_back[item["ticket_type_id"]] += item["quantity"]


def is_running(booking: Booking) -> bool:
    """Whether the booking is a hold that counts, and is held.

    During a deploy the version before this one ends holds without noting when.
    """
    return booking.get("hold_ended_at") == NOT_YET and booking["status"] == HELD


def require_few_held(lines: Sequence[Line], most: int, holds: CustomerHolds) -> None:
    """Raises `CustomerLimit` if a customer with these holds would have more than `most` tickets held at once."""
    if holds.held + sum(line.quantity for line in lines) > most:
        detail = f"At most {most} tickets of an event can be held at once, and you hold {holds.held} already."
        raise CustomerLimit(detail, remaining=max(0, most - holds.held))


def require_no_cooldown(lines: Sequence[Line], holds: CustomerHolds, stock: Stock, now: datetime) -> None:
    """Raises `HoldCooldown` for 15 minutes after an end where two or more holds ended within the last hour.

    Only while fewer tickets of a type that is ordered are on sale than those holds had of it.
    """
    if holds.ended < FREE_ENDS or holds.last_end is None:
        return
    wait = math.ceil((holds.last_end + COOLDOWN - now).total_seconds())
    scarce = any(stock.available_of(line.ticket_type_id) < holds.given_back[line.ticket_type_id] for line in lines)
    if wait > 0 and scarce:
        what = f"{holds.ended} of your holds of this event came to nothing"
        raise HoldCooldown(f"{what}: hold tickets again in {wait} s, or book them.", retry_after_seconds=wait)


def _tickets(hold: Booking) -> int:
    return sum(item["quantity"] for item in hold["items"])
