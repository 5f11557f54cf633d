"""What may be booked, and what a new booking is."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import new_booking as making
from booking_api.bookings import pricing, rules
from booking_api.bookings.availability import require_available
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.schemas import ticket_status
from booking_api.errors import ValidationFailed
from booking_api.events.rules import EventCancelled, EventNotFound, EventPast
from booking_api.events.stock import Line, Stock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
PLAIN = {
    "_id": ObjectId(),
    "status": "published",
    "date": LATER,
    "end_date": None,
    "available_tickets": 5,
    "max_per_booking": 4,
    "version": 7,
    "max_per_customer": 6,
    "ticket_types": [],
    "currency": "EUR",
}
SEAT, STAND, BOOKING, CUSTOMER = (ObjectId() for _ in range(4))
WINDOW = {"sale_starts": None, "sale_ends": None, "max_per_booking": None}
TYPED = PLAIN | {
    "ticket_types": [
        {"_id": SEAT, "name": "Seat", "price": 2500, "available": 1, **WINDOW, "max_per_booking": 2},
        {"_id": STAND, "name": "Stand", "price": 1000, "available": 4, **WINDOW},
    ]
}


def new_booking(event, lines, hold_seconds=None, idempotency_key=None):
    return making.new_booking(
        event,
        pricing.price(lines, event),
        draw_keys(sum(line.quantity for line in lines)),
        NOW,
        booking_id=BOOKING,
        customer_id=CUSTOMER,
        hold_seconds=hold_seconds,
        idempotency_key=idempotency_key,
    )


def typed_with(**changes):
    """The typed event, its first type changed."""
    first, second = TYPED["ticket_types"]
    return TYPED | {"ticket_types": [first | changes, second]}


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (None, EventNotFound),
        (PLAIN | {"status": "draft"}, EventNotFound),
        (PLAIN | {"status": "cancelled"}, EventCancelled),
        (PLAIN | {"status": "cancelled", "date": NOW}, EventCancelled),
        (PLAIN | {"date": NOW}, EventPast),
    ],
)
def test_an_event_that_is_not_open_is_refused(event, refusal):
    assert rules.require_open(PLAIN, NOW) is PLAIN
    with pytest.raises(refusal):
        rules.require_open(event, NOW)


def test_a_quantity_alone_means_the_one_type_there_is():
    assert rules.require_lines([Line(None, 2)], PLAIN) == [Line(None, 2)]
    one_type = TYPED | {"ticket_types": TYPED["ticket_types"][:1]}
    assert rules.require_lines([Line(None, 2)], one_type) == [Line(SEAT, 2)]


@pytest.mark.parametrize(
    ("lines", "event", "field"),
    [
        ([Line(None, 1)], TYPED, "items"),
        ([Line(None, 5)], PLAIN, "quantity"),
        ([Line(SEAT, 1)], PLAIN, "items.0.ticket_type_id"),
        ([Line(STAND, 1), Line(ObjectId(), 1)], TYPED, "items.1.ticket_type_id"),
        ([Line(SEAT, 3)], TYPED, "items.0.quantity"),
        ([Line(SEAT, 2), Line(STAND, 3)], TYPED, "quantity"),
    ],
)
def test_lines_that_do_not_suit_the_event_are_refused(lines, event, field):
    with pytest.raises(ValidationFailed) as refusal:
        rules.require_lines(lines, event)
    assert refusal.value.members["errors"].keys() == {field}


@pytest.mark.parametrize("window", [{}, {"sale_starts": NOW}, {"sale_ends": LATER}])
def test_a_type_is_on_sale_from_the_start_of_its_window_to_before_its_end(window):
    rules.require_on_sale([Line(SEAT, 1)], typed_with(**window), NOW)


@pytest.mark.parametrize("window", [{"sale_starts": LATER}, {"sale_ends": NOW}, {"sale_ends": EARLIER}])
def test_a_type_outside_its_window_is_not_on_sale(window):
    with pytest.raises(rules.NotOnSale):
        rules.require_on_sale([Line(None, 1), Line(STAND, 1), Line(SEAT, 1)], typed_with(**window), NOW)
    rules.require_on_sale([Line(STAND, 1)], typed_with(**window), NOW)


def test_a_customer_may_have_tickets_up_to_the_limit():
    rules.require_within_customer_limit([Line(None, 2)], PLAIN, has=4)
    rules.require_within_customer_limit([Line(None, 4)], PLAIN | {"max_per_customer": None}, has=100)
    with pytest.raises(rules.CustomerLimit) as refusal:
        rules.require_within_customer_limit([Line(None, 3)], PLAIN, has=4)
    assert refusal.value.members == {"remaining": 2}


@pytest.mark.parametrize("available", [0, 1])
def test_a_sold_out_event_says_how_many_tickets_are_left(available):
    event = PLAIN | {"available_tickets": available}
    with pytest.raises(rules.SoldOut) as refusal:
        require_available([Line(None, 2)], event, Stock(event), NOW)
    assert refusal.value.members == {"available_tickets": available}


def test_every_type_of_an_order_must_be_there():
    require_available([Line(STAND, 4), Line(SEAT, 1)], TYPED, Stock(TYPED), NOW)
    with pytest.raises(rules.SoldOut) as refusal:
        require_available([Line(STAND, 1), Line(SEAT, 2)], TYPED, Stock(TYPED), NOW)
    assert refusal.value.members == {"available_tickets": 1, "ticket_type_id": str(SEAT)}


def test_a_new_booking_is_confirmed_and_has_a_ticket_for_each_seat():
    booking = new_booking(TYPED, [Line(SEAT, 1), Line(STAND, 2)])
    tickets = booking.pop("tickets")
    assert booking == {
        "_id": BOOKING,
        "event_id": TYPED["_id"],
        "event_version": 7,
        "customer_id": CUSTOMER,
        "quantity": 3,
        "items": [
            {"ticket_type_id": SEAT, "name": "Seat", "quantity": 1, "price": 2500},
            {"ticket_type_id": STAND, "name": "Stand", "quantity": 2, "price": 1000},
        ],
        "status": "confirmed",
        "amount": 4500,
        "currency": "EUR",
        "confirmation": {"status": "pending", "sent_at": None},
        "hold_expires_at": None,
        "cancelled_at": None,
        "cancelled_by": None,
        "version": 1,
        "created_at": NOW,
    }
    assert [ticket["ticket_type"] for ticket in tickets] == ["Seat", "Stand", "Stand"]
    assert {ticket["checked_in_at"] for ticket in tickets} == {None}
    assert len({ticket["_id"] for ticket in tickets}) == len({ticket["code"] for ticket in tickets}) == 3


def test_a_tickets_code_has_128_random_bits():
    codes = [ticket["code"] for ticket in new_booking(PLAIN, [Line(None, 4)])["tickets"]]
    assert [len(base64.urlsafe_b64decode(f"{code}==")) for code in codes] == [16] * 4


def test_a_booking_remembers_the_idempotency_key_it_was_made_with_if_there_was_one():
    assert new_booking(PLAIN, [Line(None, 1)], idempotency_key="k")["idempotency_key"] == "k"
    assert "idempotency_key" not in new_booking(PLAIN, [Line(None, 1)])


def test_a_ticket_without_a_type_costs_nothing():
    booking = new_booking(PLAIN, [Line(None, 2)])
    assert booking["items"] == [{"ticket_type_id": None, "name": None, "quantity": 2, "price": 0}]
    assert booking["amount"] == 0


def test_a_hold_lasts_as_long_as_it_is_told_to():
    booking = new_booking(PLAIN, [Line(None, 1)], hold_seconds=60)
    assert (booking["status"], booking["hold_expires_at"]) == ("held", NOW + timedelta(seconds=60))


def test_a_booking_that_is_not_there_is_not_found():
    assert rules.require_found({"_id": 1}) == {"_id": 1}
    with pytest.raises(rules.BookingNotFound):
        rules.require_found(None)


@pytest.mark.parametrize(
    ("booking", "ticket"),
    [("confirmed", "valid"), ("held", "held"), ("cancelled", "cancelled"), ("expired", "cancelled")],
)
def test_a_ticket_is_as_good_as_its_booking(booking, ticket):
    assert ticket_status(booking) == ticket
