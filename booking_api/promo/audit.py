"""The audit of promo codes: their uses are those of live bookings, and none is above its limits. Only reads."""

from collections.abc import Iterator

from ..bookings.code_uses import CodeUses, Uses
from ..storage.client import Transactions
from .model import PromoCode
from .store import CodeStore

BATCH = 500
NO_USES = Uses(0, 0)


class PromoAudit:
    """Compares the uses of each code with the bookings that have it."""

    def __init__(self, codes: CodeStore, uses: CodeUses, transactions: Transactions):
        self._codes = codes
        self._uses = uses
        self._transactions = transactions

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of some codes at a time, a list that may be empty."""
        last = None
        while True:
            # A snapshot for each batch: MongoDB keeps old snapshots only for some minutes.
            with self._transactions.snapshot() as session:
                codes = self._codes.find_batch(last, BATCH, session)
                used = self._uses.of_codes([code["_id"] for code in codes], session) if codes else {}
            if not codes:
                return
            yield [
                f"event {code['event_id']}: code {code['code']!r}: {fault}"
                for code in codes
                for fault in faults(code, used.get(code["_id"], NO_USES))
            ]
            last = codes[-1]["_id"]


def faults(code: PromoCode, used: Uses) -> Iterator[str]:
    """Yield the faults of a code, given the uses of the live bookings that have it.

    Its limits are never set below what is used, so they hold at any time.
    """
    if (code["used_tickets"], code["used_bookings"]) != used:
        counted = f"{code['used_tickets']} tickets in {code['used_bookings']} bookings"
        yield f"counts {counted}, and was used for {used.tickets} in {used.bookings}"
    if code["max_tickets"] is not None and used.tickets > code["max_tickets"]:
        yield f"was used for {used.tickets} tickets, and may be for {code['max_tickets']}"
    if code["max_bookings"] is not None and used.bookings > code["max_bookings"]:
        yield f"was used in {used.bookings} bookings, and may be in {code['max_bookings']}"
