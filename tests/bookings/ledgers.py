"""Ledgers of an event, and orders and bookings to apply to them, as the tests of the ledger begin with."""

from datetime import UTC, datetime, timedelta

from bson import ObjectId

from booking_api.bookings import pricing
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.ledger import EventLedger
from booking_api.bookings.new_booking import new_booking
from booking_api.bookings.orders import Order
from booking_api.events.stock import Line

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA, BOB = ObjectId(), ObjectId()
PLAIN = {
    "_id": ObjectId(),
    "status": "published",
    "date": LATER,
    "end_date": None,
    "total_tickets": 5,
    "available_tickets": 5,
    "max_per_booking": 5,
    "version": 1,
    "max_per_customer": None,
    "ticket_types": [],
    "currency": "EUR",
}
SEAT, STAND = ObjectId(), ObjectId()
OPEN = {"sale_starts": None, "sale_ends": None, "max_per_booking": None}
TYPED = PLAIN | {
    "ticket_types": [
        {"_id": SEAT, "name": "Seat", "price": 2500, "total": 2, "available": 2, **OPEN},
        {"_id": STAND, "name": "Stand", "price": 1000, "total": 3, "available": 3, **OPEN},
    ]
}


def ledger_of(event=PLAIN, *bookings, tickets_of=None, now=NOW):
    """The ledger of an event as a transaction has read it."""
    return EventLedger(event, {b["_id"]: b for b in bookings}, dict(tickets_of or {}), now, draw_keys)


def order(quantity=1, customer=ADA, *, lines=None, hold=None, booking_id=None, key=None):
    """An order for tickets of the one type, or for these lines."""
    return Order(booking_id or ObjectId(), customer, lines or (Line(None, quantity),), hold, key)


def stored(event=PLAIN, quantity=2, customer=ADA, *, status="confirmed", ends=LATER, lines=None):
    """A booking that was there before."""
    booking = new_booking(
        event,
        pricing.price(lines or [Line(None, quantity)], event),
        draw_keys(sum(line.quantity for line in lines or [Line(None, quantity)])),
        NOW - timedelta(hours=1),
        booking_id=ObjectId(),
        customer_id=customer,
        hold_seconds=None,
    )
    return booking | {"status": status, "hold_expires_at": ends if status == "held" else None}
