"""Booking, reading and cancelling bookings, over HTTP."""

import json

import pytest
from bson import ObjectId

from ..apps import run_jobs
from ..asserting import assert_problem, available
from ..builders import FUTURE, book, make_event

BOOKING_KEYS = {
    "id",
    "event_id",
    "event",
    "quantity",
    "items",
    "status",
    "amount",
    "currency",
    *("discount", "payment"),
    "tickets",
    "confirmation",
    "hold_expires_at",
    "cancellable_until",
    "cancelled_at",
    "created_at",
}
TICKET_KEYS = {"id", "code", "ticket_type", "status", "attendee_name", "attendee_email", "checked_in_at", "url"}


@pytest.fixture
def event(organizer):
    """A published event with ten tickets."""
    return make_event(organizer, venue="Cellar", currency="EUR")


def test_a_customer_books_tickets(customer, event):
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": 3})
    booking = response.json
    assert response.status_code == 201
    assert booking.keys() == BOOKING_KEYS
    assert booking | {"id": "", "tickets": []} == {
        "id": "",
        "event_id": event["id"],
        "event": {
            "title": event["title"],
            "date": FUTURE,
            "end_date": None,
            "timezone": "UTC",
            "venue": "Cellar",
            "status": "published",
        },
        "quantity": 3,
        "items": [{"ticket_type_id": None, "name": None, "quantity": 3, "price": 0}],
        "status": "confirmed",
        "amount": 0,
        "currency": "EUR",
        "discount": None,
        "payment": {"status": "none", "paid": 0, "refunded": 0, "owed": 0, "retained": 0},
        "tickets": [],
        "confirmation": {"status": "pending", "sent_at": None},
        "hold_expires_at": None,
        "cancellable_until": FUTURE,
        "cancelled_at": None,
        "created_at": "2030-01-01T12:00:00Z",
    }
    assert response.headers["Location"] == f"/api/v1/bookings/{booking['id']}"
    again = customer.client.get(response.headers["Location"], headers={"Authorization": f"Bearer {customer.token}"})
    assert again.json == booking
    assert again.headers["ETag"] == response.headers["ETag"]
    assert available(customer, event) == 7


def test_each_seat_has_a_ticket_with_a_code_of_its_own(customer, event):
    tickets = [ticket for _ in range(2) for ticket in book(customer, event, 3)["tickets"]]
    assert all(ticket.keys() == TICKET_KEYS for ticket in tickets)
    assert {ticket["status"] for ticket in tickets} == {"valid"}
    assert len({ticket["id"] for ticket in tickets}) == len({ticket["code"] for ticket in tickets}) == 6
    assert min(len(ticket["code"]) for ticket in tickets) >= 22


def test_a_sold_out_event_refuses_a_booking(customer, event):
    book(customer, event, 8)
    problem = assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 3}), 409, "sold_out")
    assert problem["available_tickets"] == 2
    book(customer, event, 2)
    problem = assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "sold_out")
    assert problem["available_tickets"] == 0
    assert len(customer.get("/bookings").json["items"]) == 2


def test_a_cancelled_event_refuses_a_booking(customer, organizer, event):
    organizer.post(f"/events/{event['id']}/cancel")
    body = {"event_id": event["id"], "quantity": 1}
    assert_problem(customer.post("/bookings", body), 409, "event_cancelled")


def test_a_past_event_refuses_a_booking(app, customer, event, clock):
    clock.advance(days=600)
    assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "event_past")


def test_a_draft_and_an_unknown_event_cannot_be_booked(customer, organizer):
    draft = make_event(organizer, status="draft")
    for event_id in (draft["id"], str(ObjectId())):
        body = {"event_id": event_id, "quantity": 1}
        assert_problem(customer.post("/bookings", body), 404, "event_not_found")


def test_one_booking_has_no_more_tickets_than_the_event_allows(customer, organizer):
    event = make_event(organizer, max_per_booking=2, total_tickets=5)
    problem = assert_problem(
        customer.post("/bookings", {"event_id": event["id"], "quantity": 3}), 422, "validation_failed"
    )
    assert problem["errors"].keys() == {"quantity"}
    assert book(customer, event, 2)["quantity"] == 2


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 1.0, "1", True, 10**20, 2**63, None, [1], {"$gt": 0}, 101])
def test_a_quantity_is_a_whole_number_of_at_least_one(customer, event, quantity):
    response = customer.client.post(
        "/api/v1/bookings",
        data=f'{{"event_id": "{event["id"]}", "quantity": {as_json(quantity)}}}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {customer.token}"},
    )
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"quantity"}
    assert available(customer, event) == 10


def as_json(value):
    """JSON as a client may write it: the app's own encoder takes no integers above 64 bits."""
    return json.dumps(value)


@pytest.mark.parametrize("event_id", [None, 5, "", "x" * 24, "A" * 24, "0" * 23, "0" * 25, {"$ne": None}, ["0" * 24]])
def test_an_event_id_that_cannot_exist_is_an_unacceptable_field(customer, event_id):
    problem = assert_problem(
        customer.post("/bookings", {"event_id": event_id, "quantity": 1}), 422, "validation_failed"
    )
    assert problem["errors"].keys() == {"event_id"}


def test_a_booking_has_no_fields_of_its_own_invention(customer, event):
    body = {"event_id": event["id"], "quantity": 1, "customer_id": "0" * 24}
    problem = assert_problem(customer.post("/bookings", body), 422, "validation_failed")
    assert problem["errors"].keys() == {"customer_id"}
    assert customer.get("/bookings").json["items"] == []


def test_one_lists_ones_own_bookings_newest_first(customer, as_role, organizer, event, clock):
    first = book(customer, event)
    clock.advance(seconds=1)
    second = book(customer, make_event(organizer, title="Blues night"), 2)
    book(as_role("customer"), event)
    assert customer.get("/bookings").json == {"items": [second, first], "next_cursor": None}


def test_ones_bookings_can_be_filtered_by_event_and_status(customer, organizer, event):
    kept, cancelled, other = book(customer, event), book(customer, event), book(customer, make_event(organizer))
    customer.post(f"/bookings/{cancelled['id']}/cancel")

    def ids(**query):
        return {booking["id"] for booking in customer.get("/bookings", query_string=query).json["items"]}

    assert ids(event_id=event["id"]) == {kept["id"], cancelled["id"]}
    assert ids(status="confirmed") == {kept["id"], other["id"]}
    assert ids(status="cancelled") == ids(status="cancelled", event_id=event["id"]) == {cancelled["id"]}
    assert ids(status="held") == ids(status="expired") == ids(event_id="0" * 24) == set()


@pytest.mark.parametrize(("name", "value"), [("event_id", "x"), ("status", "paid"), ("customer_id", "0" * 24)])
def test_an_unacceptable_filter_of_bookings_is_named(customer, name, value):
    problem = assert_problem(customer.get("/bookings", query_string={name: value}), 422, "validation_failed")
    assert problem["errors"].keys() == {name}


def test_somebody_elses_booking_is_not_there(customer, as_role, event):
    path = f"/bookings/{book(customer, event)['id']}"
    other = as_role("customer")
    for response in (other.get(path), other.post(f"{path}/cancel"), other.get(f"/bookings/{ObjectId()}")):
        assert_problem(response, 404, "booking_not_found")
    assert customer.get(path).json["status"] == "confirmed"


def test_a_known_booking_is_not_sent_again(app, customer, event):
    path = f"/bookings/{book(customer, event)['id']}"
    tag = customer.get(path).headers["ETag"]
    assert customer.get(path, headers={"If-None-Match": tag}).status_code == 304
    run_jobs(app)
    changed = customer.get(path, headers={"If-None-Match": tag})
    assert changed.json["confirmation"] == {"status": "sent", "sent_at": "2030-01-01T12:00:00Z"}
