"""Holding tickets and confirming the hold, and events with ticket types, over HTTP."""

import pytest

from ..asserting import assert_problem, available
from ..builders import book, make_event

TYPE_KEYS = {"id", "name", "price", "total", "available", "sale_starts", "sale_ends", "max_per_booking", "hidden"}
TYPES = [{"name": "Seat", "price": 2500, "total": 2}, {"name": "Stand", "price": 1000, "total": 5}]


@pytest.fixture
def typed(organizer):
    """A published event with two ticket types."""
    response = organizer.post(
        "/events",
        {"title": "Opera", "description": "", "date": "2031-06-01T20:00:00Z", "currency": "EUR", "ticket_types": TYPES},
    )
    assert response.status_code == 201, response.json
    return response.json


@pytest.fixture
def hold(customer, event):
    """Three tickets on hold."""
    return book(customer, event, 3, hold=True)


def test_a_hold_takes_its_tickets_off_sale_for_a_while(customer, event, hold):
    assert (hold["status"], hold["hold_expires_at"]) == ("held", "2030-01-01T12:15:00Z")
    assert {ticket["status"] for ticket in hold["tickets"]} == {"held"}
    assert available(customer, event) == 7


def test_a_hold_confirmed_in_time_is_a_booking_and_again_changes_nothing(customer, event, hold, clock):
    clock.advance(minutes=14)
    first, again = (customer.post(f"/bookings/{hold['id']}/confirm") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["status"] == "confirmed"
    assert again.json == first.json == customer.get(f"/bookings/{hold['id']}").json
    assert first.headers["ETag"]
    assert available(customer, event) == 7


def test_a_hold_cannot_be_confirmed_too_late(customer, hold, clock):
    clock.advance(minutes=15)
    assert_problem(customer.post(f"/bookings/{hold['id']}/confirm"), 409, "hold_expired")


def test_a_cancelled_hold_is_back_on_sale_and_cannot_be_confirmed(customer, event, hold):
    assert customer.post(f"/bookings/{hold['id']}/cancel").json["status"] == "cancelled"
    assert available(customer, event) == 10
    assert_problem(customer.post(f"/bookings/{hold['id']}/confirm"), 409, "booking_cancelled")


def test_a_hold_of_a_cancelled_event_cannot_be_confirmed(customer, organizer, event, hold):
    organizer.post(f"/events/{event['id']}/cancel")
    assert_problem(customer.post(f"/bookings/{hold['id']}/confirm"), 409, "event_cancelled")


def test_somebody_elses_hold_is_not_there(as_role, hold):
    assert_problem(as_role("customer").post(f"/bookings/{hold['id']}/confirm"), 404, "booking_not_found")


@pytest.mark.parametrize("value", ["true", 1, None, {}])
def test_a_hold_is_asked_for_with_true_or_false(customer, event, value):
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": 1, "hold": value})
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"hold"}


def test_a_customer_has_no_more_tickets_than_the_organizer_allows(customer, organizer):
    body = {"event_id": make_event(organizer, max_per_customer=3)["id"], "quantity": 2}
    assert customer.post("/bookings", body).status_code == 201
    assert_problem(customer.post("/bookings", body), 409, "customer_limit")


def test_an_event_with_types_has_their_sums(typed):
    assert (typed["total_tickets"], typed["available_tickets"]) == (7, 7)
    assert all(kind.keys() == TYPE_KEYS for kind in typed["ticket_types"])
    assert [kind["available"] for kind in typed["ticket_types"]] == [2, 5]


def test_each_line_spends_its_own_type(customer, typed):
    seat, stand = (kind["id"] for kind in typed["ticket_types"])
    items = [{"ticket_type_id": seat, "quantity": 1}, {"ticket_type_id": stand, "quantity": 2}]
    booking = customer.post("/bookings", {"event_id": typed["id"], "items": items}).json
    assert (booking["quantity"], booking["amount"], booking["currency"]) == (3, 4500, "EUR")
    assert [item["price"] for item in booking["items"]] == [2500, 1000]
    event = customer.get(f"/events/{typed['id']}").json
    assert [kind["available"] for kind in event["ticket_types"]] == [1, 3]
    assert event["available_tickets"] == 4


def test_a_type_that_is_sold_out_sells_none_of_the_order(customer, typed):
    seat, stand = (kind["id"] for kind in typed["ticket_types"])
    items = [{"ticket_type_id": stand, "quantity": 1}, {"ticket_type_id": seat, "quantity": 3}]
    problem = assert_problem(customer.post("/bookings", {"event_id": typed["id"], "items": items}), 409, "sold_out")
    assert problem["available_tickets"] == 2
    assert available(customer, typed) == 7


def test_a_type_can_be_booked_only_within_its_window(customer, organizer, clock):
    event = organizer.post(
        "/events",
        {
            "title": "Opera",
            "description": "",
            "date": "2031-06-01T20:00:00Z",
            "ticket_types": [TYPES[0] | {"sale_starts": "2030-01-01T13:00:00Z"}],
        },
    ).json
    body = {"event_id": event["id"], "quantity": 1}
    assert_problem(customer.post("/bookings", body), 409, "not_on_sale")
    clock.advance(hours=1)
    assert customer.post("/bookings", body).status_code == 201
