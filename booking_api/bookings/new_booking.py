"""Makes a new booking. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from ..events.model import Event
from . import payment, pricing
from .model import Booking, Item, TicketKey, UsedCode
from .rules import CONFIRMED, HELD


def new_booking(
    event: Event,
    items: list[Item],
    keys: Sequence[TicketKey],
    now: datetime,
    *,
    booking_id: ObjectId,
    customer_id: ObjectId,
    hold_seconds: int | None,
    idempotency_key: str | None = None,
    code: UsedCode | None = None,
) -> Booking:
    """Return a new booking of priced items; each ticket gets its id and code from one of the `keys`."""
    seats = [item["name"] for item in items for _ in range(item["quantity"])]
    booking: Booking = {
        "_id": booking_id,
        "event_id": event["_id"],
        "event_version": event["version"],
        "customer_id": customer_id,
        "quantity": len(seats),
        "items": items,
        "status": CONFIRMED if hold_seconds is None else HELD,
        "amount": pricing.amount(items),
        "currency": event["currency"],
        "tickets": [
            {"_id": key.id, "code": key.code, "ticket_type": name, "checked_in_at": None}
            for key, name in zip(keys, seats, strict=True)
        ],
        "confirmation": {"status": "pending", "sent_at": None},
        "hold_expires_at": None if hold_seconds is None else now + timedelta(seconds=hold_seconds),
        "cancelled_at": None,
        "cancelled_by": None,
        "version": 1,
        "created_at": now,
    }
    money = payment.of_new(event, booking["amount"])
    if money is not None:
        booking["payment"] = money
    if code is not None:
        booking["promo"] = code
    if idempotency_key is not None:
        booking["idempotency_key"] = idempotency_key
    return booking
