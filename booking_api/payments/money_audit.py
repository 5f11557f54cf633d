"""The audit of money: each amount that was paid is in one place, and no payment gives back more than it brought."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..bookings import payment, pricing
from ..bookings.rules import CONFIRMED, HELD
from ..clock import rfc3339
from ..events.payment import MANUAL, NONE, mode_of
from ..events.reader import EventReader
from ..storage.client import Transactions
from .model import Payment
from .money_reader import Money, MoneyReader
from .providers.port import FAILED, PENDING, SUCCEEDED
from .rules import PROCESSING

# While the provider does not answer, the job that ends a hold waits for an hour at most before it tries again. What is
# over for longer waits for somebody: the provider has been away for long, or the job has failed for good.
OVERDUE_GRACE = timedelta(hours=1)
LONGEST_PROCESSING = timedelta(days=14)  # no bank takes longer; cards, which alone are offered, take seconds


class PaymentAudit:
    """Compares the money of each booking with its payments and its refunds. Only reads, in snapshots."""

    def __init__(
        self, money: MoneyReader, events: EventReader, transactions: Transactions, clock: Callable[[], datetime]
    ):
        self._money = money
        self._events = events
        self._transactions = transactions
        self._clock = clock

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of each event, a list that may be empty; then payments and refunds that are nobody's."""
        for events, session in self._events.in_snapshots(self._transactions):
            modes = {event["_id"]: mode_of(event) for event in events}
            paid_here = [event_id for event_id, mode in modes.items() if mode != NONE]
            found: defaultdict[ObjectId, list[str]] = defaultdict(list)
            for each in self._money.of_events(list(modes), paid_here, session):
                event_id, booking_id = each.booking["event_id"], each.booking["_id"]
                wrong = faults(each, modes[event_id], self._clock())
                found[event_id] += [f"event {event_id}: booking {booking_id}: {fault}" for fault in wrong]
            yield from (found[event_id] for event_id in modes)
        yield [f"{kind} {key}: has no booking of which anything is to be paid" for kind, key in self._lost()]

    def _lost(self) -> Iterator[tuple[str, ObjectId]]:
        return self._money.without_booking()


def faults(money: Money, mode: str, now: datetime) -> Iterator[str]:
    """Yield the faults of a booking's money, given how its event is paid."""
    booking = money.booking
    kept = booking.get("payment")
    if booking["amount"] > pricing.amount(booking["items"]):
        yield f"costs {booking['amount']}, which is more than its tickets do"
    if kept is None:
        if mode != NONE and booking["amount"]:
            yield "costs something, and says nothing of its payment"
        return
    if kept["mode"] != mode:
        yield f"is paid by {kept['mode']}, and its event by {mode}"
    yield from _sums(booking, kept, money)
    yield from _payments(kept, money)
    for each in money.payments:
        if each["open"]:
            yield from _waiting(booking, each, now)


def _sums(booking: Mapping[str, Any], kept: Mapping[str, Any], money: Money) -> Iterator[str]:
    paid = sum(each["amount"] for each in money.payments if each["status"] == SUCCEEDED)
    if kept["paid"] != paid:
        yield f"{kept['paid']} was paid, as it says, and {paid} by its payments"
    by_status: Counter[str] = Counter()
    for refund in money.refunds:
        by_status[refund["status"]] += refund["amount"]
    if kept["refunded"] != by_status[SUCCEEDED]:
        yield f"{kept['refunded']} was refunded, as it says, and {by_status[SUCCEEDED]} by its refunds"
    owed = by_status[PENDING] + by_status[FAILED]
    if owed != (0 if kept["mode"] == MANUAL else kept["owed"]):
        yield f"{kept['owed']} is owed, as it says, and {owed} by its refunds"
    if min(kept[name] for name in payment.NOTHING) < 0:
        yield "an amount of its money is below 0"
    left = payment.kept(kept)  # type: ignore[arg-type]
    # What comes for a hold whose event was cancelled is owed at once, also before the hold has ended.
    if left != (booking["amount"] if booking["status"] == CONFIRMED and kept["paid"] else 0):
        yield f"is {booking['status']} and costs {booking['amount']}, and {left} of what was paid is for it"
    if booking["status"] == CONFIRMED and booking["amount"] and not kept["paid"]:
        yield f"is confirmed, and its {booking['amount']} was not paid"


def _payments(kept: Mapping[str, Any], money: Money) -> Iterator[str]:
    back: Counter[ObjectId] = Counter()
    for refund in money.refunds:
        back[refund["payment_id"]] += refund["amount"]
    for each in money.payments:
        returned = back.pop(each["_id"], 0)
        if returned != each["refunded"]:
            yield f"payment {each['_id']} gives {each['refunded']} back, as it says, and {returned} by its refunds"
        if returned > (each["amount"] if each["status"] == SUCCEEDED else 0):
            yield f"payment {each['_id']} gives more back than it brought"
        if each["currency"] != money.booking["currency"]:
            yield f"payment {each['_id']} is in another currency"
    if back:
        yield f"{len(back)} payments of refunds are none of its own"
    attempt = kept.get("attempt")
    open_ids = [each["_id"] for each in money.payments if each["open"]]
    if open_ids != ([attempt] if attempt else []):
        yield f"{len(open_ids)} of its payments are open, and it says that {attempt or 'none'} is"


def _waiting(booking: Mapping[str, Any], payment: Payment, now: datetime) -> Iterator[str]:
    """Yield why an open attempt waits for somebody: its time is long over, or the bank never answers."""
    if payment["status"] == PROCESSING and now - payment["created_at"] > LONGEST_PROCESSING:
        yield f"payment {payment['_id']} is processing since {rfc3339(payment['created_at'])}"
    if booking["status"] == HELD:
        ended = booking["hold_expires_at"]
        if now - ended > OVERDUE_GRACE:
            yield f"its hold was over at {rfc3339(ended)}, and payment {payment['_id']} still keeps its tickets"
    elif payment["status"] != PROCESSING and now - payment.get("expires_at", now) > OVERDUE_GRACE:
        yield f"is {booking['status']}, and payment {payment['_id']} can still be paid"
