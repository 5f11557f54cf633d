"""What money that has come does to its booking. Pure.

A held booking is confirmed. One that has expired gets its tickets again, if there are any for it. Otherwise the money
goes back, as it does if the booking was cancelled or is paid already.
"""

from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings import pricing, rules
from ..bookings.availability import require_available
from ..bookings.discounts import Discounts
from ..bookings.facts import BOOKING_CONFIRMED
from ..bookings.ledger import EventLedger
from ..bookings.model import Booking
from ..bookings.released import RefundOwed
from ..bookings.rules import CONFIRMED, EXPIRED, HELD
from ..errors import Conflict, Problem
from ..events.changes import ChangedBy
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.stock import Line
from ..events.waiting import waitlist_of
from .facts import PAYMENT_LATE, PAYMENT_SUCCEEDED
from .model import Payment
from .rules import SUCCEEDED, without_attempt
from .till import LATE, Till, publish
from .till import SUCCEEDED as IN_TIME


def take(ledger: EventLedger, booking: Booking, payment: Payment, actor: ChangedBy, **fields: Any) -> Payment:
    """Count a payment as paid, and confirm its booking or owe the money back; return the payment.

    `fields` are those of the payment that are known now.
    """
    money = without_attempt(booking, payment["_id"])
    if money.get("attempt"):  # it is paid without it
        ledger.released.abandoned.append(booking["_id"])
    money["paid"] += payment["amount"]
    late = not _has_tickets(ledger, booking)
    if late:
        money["owed"] += payment["amount"]
    else:
        money.pop("state", None)
    fields |= {"status": SUCCEEDED, "open": False, "paid_at": ledger.now} | ({"late": True} if late else {})
    payment = ledger.part(Till).change(payment, fields)
    if late:
        publish(ledger, PAYMENT_LATE, payment, actor, LATE, told_as=PAYMENT_SUCCEEDED)
        changed = ledger.change(booking, {"payment": money})
        ledger.released.refunds.append(RefundOwed(changed, payment["amount"]))
    else:
        publish(ledger, PAYMENT_SUCCEEDED, payment, actor, IN_TIME)
        confirmed = {"status": CONFIRMED, "hold_expires_at": None, "payment": money} | ledger.end_hold(booking, None)
        if booking["status"] == EXPIRED and "hold_ended_at" in booking:
            confirmed["hold_ended_at"] = None
        ledger.publish(BOOKING_CONFIRMED, ledger.change(booking, confirmed), actor)
    return payment


def _has_tickets(ledger: EventLedger, booking: Booking) -> bool:
    """Return whether there are tickets for what was paid: a held booking has them, an expired one may again."""
    if booking["status"] == HELD:
        return ledger.booked_event["status"] != EVENT_CANCELLED
    if booking["status"] != EXPIRED or booking["payment"]["paid"]:
        return False
    try:
        _take_again(ledger, booking)
    except Problem:
        return False
    return True


def _take_again(ledger: EventLedger, booking: Booking) -> None:
    """Take the tickets of an expired booking off sale again; raises a `Problem` as an order does."""
    event = rules.require_open(ledger.event, ledger.now)
    lines = _lines_of(booking, event)
    if booking["_id"] in ledger.changed and waitlist_of(event)["waiting"]:
        raise rules.HoldExpired  # just now: its tickets are for those who wait
    has = ledger.tickets_of.get(booking["customer_id"], 0)
    rules.require_within_customer_limit(lines, event, has)
    require_available(lines, event, ledger.stock, ledger.now)
    code = booking.get("promo")
    discount = ledger.part(Discounts).by_id.get(code["_id"]) if code else None
    if discount is not None:
        discount.spend(booking["customer_id"], pricing.discounted(booking["items"]))
    ledger.stock.take(lines)
    ledger.tickets_of[booking["customer_id"]] = has + booking["quantity"]


def _lines_of(booking: Booking, event: Event) -> list[Line]:
    types: set[ObjectId | None] = {each["_id"] for each in event["ticket_types"]} or {None}
    if any(item["ticket_type_id"] not in types for item in booking["items"]):
        raise Conflict("A ticket type of the booking is no more.")
    return [Line(item["ticket_type_id"], item["quantity"]) for item in booking["items"]]


def is_overdue(booking: Booking, now: datetime) -> bool:
    """Return whether a booking is held although its time is over."""
    return booking["status"] == HELD and rules.is_over(booking, now)
