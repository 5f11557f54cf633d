"""What a customer is told when a request is refused: one sentence that says why, and what is left."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import rules
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.ledger import EventLedger
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation, HoldConfirmation
from booking_api.events.stock import Line

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA, BOB, SEAT, STAND, BOOKING = (ObjectId() for _ in range(5))
PLAIN = {
    "_id": ObjectId(),
    "status": "published",
    "date": LATER,
    "end_date": None,
    "available_tickets": 3,
    "max_per_booking": 4,
    "max_per_customer": None,
    "ticket_types": [],
    "currency": "EUR",
}
OPEN = {"sale_starts": None, "sale_ends": None, "max_per_booking": None}
TYPED = PLAIN | {
    "ticket_types": [
        {"_id": SEAT, "name": "Seat", "price": 2500, "available": 2, **OPEN, "max_per_booking": 3},
        {"_id": STAND, "name": "Stand", "price": 1000, "available": 0, **OPEN},
    ]
}
LATE = PLAIN | {"ticket_types": [TYPED["ticket_types"][0] | {"sale_starts": LATER}]}


def refused(event, request, status=None, ends=LATER):
    """The refusal of a request to an event's ledger, with a booking of Ada's if it has a status."""
    booking = {"_id": BOOKING, "customer_id": ADA, "status": status, "hold_expires_at": ends}
    return EventLedger(event, {BOOKING: booking} if status else {}, {ADA: 1}, NOW, draw_keys).apply(request)


def told(refusal):
    """What is said of this case; where nothing is, the kind's own sentences are sent, and its code stands for them."""
    return refusal.detail or refusal.code


@pytest.mark.parametrize(
    ("event", "lines", "sentence"),
    [
        (None, [Line(None, 1)], "event_not_found"),
        (PLAIN | {"status": "draft"}, [Line(None, 1)], "event_not_found"),
        (PLAIN | {"status": "cancelled"}, [Line(None, 1)], "event_cancelled"),
        (PLAIN | {"date": NOW}, [Line(None, 1)], "event_past"),
        (PLAIN, [Line(None, 4)], "You asked for 4 tickets, and only 3 are left."),
        (PLAIN | {"available_tickets": 0}, [Line(None, 1)], "All tickets are sold or held."),
        (TYPED, [Line(SEAT, 3)], "You asked for 3 tickets for Seat, and only 2 are left."),
        (TYPED, [Line(STAND, 1)], "All tickets for Stand are sold or held."),
        (LATE, [Line(SEAT, 1)], "Seat is on sale from 2030-01-01T01:00:00Z on."),
        (
            PLAIN | {"max_per_customer": 2},
            [Line(None, 2)],
            "At most 2 tickets for each customer, and you have 1 of them already.",
        ),
    ],
)
def test_an_order_is_refused_in_a_sentence(event, lines, sentence):
    assert told(refused(event, Order(ObjectId(), ADA, tuple(lines)))) == sentence


@pytest.mark.parametrize(
    ("event", "lines", "errors"),
    [
        (TYPED, [Line(None, 1)], {"items": ["This event has several ticket types: say which in items."]}),
        (PLAIN, [Line(SEAT, 1)], {"items.0.ticket_type_id": ["This event has no such ticket type."]}),
        (TYPED, [Line(SEAT, 4)], {"items.0.quantity": ["At most 3 tickets of this type."]}),
        (PLAIN, [Line(None, 5)], {"quantity": ["At most 4 tickets in one booking."]}),
    ],
)
def test_an_unacceptable_line_is_named_with_its_limit(event, lines, errors):
    assert refused(event, Order(ObjectId(), ADA, tuple(lines))).members == {"errors": errors}


@pytest.mark.parametrize(
    ("has", "remaining"),
    [(0, 2), (1, 1), (2, 0), (5, 0)],
)
def test_a_customer_hears_how_many_may_still_be_booked(has, remaining):
    with pytest.raises(rules.CustomerLimit) as refusal:
        rules.require_within_customer_limit([Line(None, 3)], PLAIN | {"max_per_customer": 2}, has)
    assert refusal.value.members == {"remaining": remaining}


@pytest.mark.parametrize(
    ("kind", "status", "event", "ends", "code"),
    [
        (Cancellation, None, PLAIN, LATER, "booking_not_found"),
        (Cancellation, "expired", PLAIN, LATER, "hold_expired"),
        (Cancellation, "confirmed", PLAIN | {"date": NOW}, LATER, "cancellation_closed"),
        (HoldConfirmation, None, PLAIN, LATER, "booking_not_found"),
        (HoldConfirmation, "cancelled", PLAIN, LATER, "booking_cancelled"),
        (HoldConfirmation, "expired", PLAIN, LATER, "hold_expired"),
        (HoldConfirmation, "held", PLAIN, NOW, "hold_expired"),
        (HoldConfirmation, "held", PLAIN | {"date": NOW}, LATER, "event_past"),
        (
            HoldConfirmation,
            "held",
            PLAIN | {"status": "cancelled"},
            LATER,
            "event_cancelled",
        ),
    ],
)
def test_what_cannot_become_of_a_booking_is_said(kind, status, event, ends, code):
    assert refused(event, kind(BOOKING, ADA), status, ends).code == code
    assert refused(event, kind(BOOKING, BOB), status, ends).code == "booking_not_found"


def test_a_booking_that_is_not_there_is_refused_by_the_same_code():
    with pytest.raises(rules.BookingNotFound) as refusal:
        rules.require_found(None)
    assert refusal.value.code == "booking_not_found"
