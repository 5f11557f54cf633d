"""Limits on how many tickets a customer may hold, and how often, so that nobody keeps tickets from others. Pure.

These limits apply to holds that customers ask for. Each has a `hold_ended_at`: `NOT_YET` while it is held, the time
when it was given up or expired, or None if it was confirmed. Bookings without this field do not count.
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

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)  # sorts after any time at which a hold has ended
REMEMBERED = timedelta(hours=1)
COOLDOWN = timedelta(minutes=15)
FREE_ENDS = 2
# How many of a customer's holds are read for each ticket that may be held. This covers all present holds, and enough
# ended ones to detect a customer who takes the same tickets again and again.
LOOK_BACK = 3


class HoldCooldown(Conflict):
    """Two or more of your holds of this event were given up or ran out within the last hour, and few tickets are left.

    Wait for the seconds in `Retry-After`, and send it with a new `Idempotency-Key`. Booking without a hold is possible
    at once, unless it has to be paid; so is a hold while as many tickets of its type are on sale as those holds had. It
    is alike with offers that the waiting list has made you in a day, if it would make you another one at once: wait for
    an hour after them.
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
    given_back: Counter[ObjectId | None] = field(default_factory=Counter)  # tickets of ended holds, by type

    def add(self, hold: Booking) -> None:
        """Count a stored hold."""
        ended_at = hold["hold_ended_at"]
        if is_running(hold):
            self.held += _tickets(hold)
        elif ended_at is not None:
            self._note_end(hold, ended_at)

    def end(self, hold: Booking, at: datetime | None) -> None:
        """Count the end of a hold: it was given up or expired at the time `at`, or was confirmed if `at` is None."""
        self.held -= _tickets(hold)
        if at is not None:
            self._note_end(hold, at)

    def _note_end(self, hold: Booking, at: datetime) -> None:
        self.ended += 1
        self.last_end = max(at, self.last_end or at)
        for item in hold["items"]:
            self.given_back[item["ticket_type_id"]] += item["quantity"]


def is_running(booking: Booking) -> bool:
    """Return True if the booking is a hold that counts and has not ended.

    The status is checked too: during a deploy, the previous version ends holds without setting `hold_ended_at`.
    """
    return booking.get("hold_ended_at") == NOT_YET and booking["status"] == HELD


def require_few_held(lines: Sequence[Line], most: int, holds: CustomerHolds) -> None:
    """Raise `CustomerLimit` if a customer with these holds would have more than `most` tickets on hold at once."""
    if holds.held + sum(line.quantity for line in lines) > most:
        detail = f"At most {most} tickets of an event can be held at once, and you hold {holds.held} already."
        raise CustomerLimit(detail, remaining=max(0, most - holds.held))


def require_no_cooldown(
    lines: Sequence[Line], holds: CustomerHolds, stock: Stock, now: datetime, *, must_pay: bool = False
) -> None:
    """Raise `HoldCooldown` if two or more holds ended within the last hour, the latest less than 15 minutes ago.

    This applies only while fewer tickets of an ordered type are on sale than the ended holds had of that type. Who
    `must_pay` cannot book without a hold.
    """
    if holds.ended < FREE_ENDS or holds.last_end is None:
        return
    wait = math.ceil((holds.last_end + COOLDOWN - now).total_seconds())
    scarce = any(stock.available_of(line.ticket_type_id) < holds.given_back[line.ticket_type_id] for line in lines)
    if wait > 0 and scarce:
        what = f"{holds.ended} of your holds of this event came to nothing"
        instead = "" if must_pay else ", or book them"
        raise HoldCooldown(f"{what}: hold tickets again in {wait} s{instead}.", retry_after_seconds=wait)


def _tickets(hold: Booking) -> int:
    return sum(item["quantity"] for item in hold["items"])
