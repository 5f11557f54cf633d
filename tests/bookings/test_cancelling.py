"""Cancelling a booking, cancelling an event with its bookings, and the organizer's list of who booked."""

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..asserting import assert_problem, available
from ..builders import book, make_event


@pytest.fixture
def customer(as_role):
    """Somebody who books."""
    return as_role("customer", name="Ada", email="ada@example.com")


def test_cancelling_puts_the_tickets_back_on_sale_once(customer, event, clock):
    booking = book(customer, event, 3)
    clock.advance(seconds=5)
    response = customer.post(f"/bookings/{booking['id']}/cancel")
    assert response.status_code == 200
    tickets = [ticket | {"status": "cancelled"} for ticket in booking["tickets"]]
    expected = {"status": "cancelled", "cancelled_at": "2030-01-01T12:00:05Z", "tickets": tickets}
    assert response.json == booking | expected | {"cancellable_until": None}
    assert response.headers["ETag"]
    clock.advance(seconds=5)
    again = customer.post(f"/bookings/{booking['id']}/cancel")
    assert (again.status_code, again.json) == (200, response.json)
    assert available(customer, event) == 10


def test_a_booking_of_a_past_event_cannot_be_cancelled(customer, event, clock):
    kept, cancelled = book(customer, event), book(customer, event)
    customer.post(f"/bookings/{cancelled['id']}/cancel")
    clock.advance(days=600)
    # The clock of the tokens is the real one, so the customer is still signed in.
    assert_problem(customer.post(f"/bookings/{kept['id']}/cancel"), 409, "cancellation_closed")
    assert customer.post(f"/bookings/{cancelled['id']}/cancel").status_code == 200


@pytest.mark.parametrize("notify", ["true", "false"])
@pytest.mark.parametrize("dates", [["12:00:02"], ["23:00:00", "12:00:02"]])
def test_an_event_moved_to_now_leaves_its_customers_a_day_to_cancel(
    customer, as_role, organizer, event, clock, notify, dates
):
    late, early = as_role("customer"), book(customer, event, 3)
    kept = book(late, event)
    for time in dates:
        changes = {"date": f"2030-01-01T{time}Z"}
        assert organizer.patch(f"/events/{event['id']}", changes, query_string={"notify": notify}).status_code == 200
    clock.advance(hours=23, minutes=59)
    assert customer.post(f"/bookings/{early['id']}/cancel").json["status"] == "cancelled"
    assert available(customer, event) == 9
    assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "event_past")
    clock.advance(minutes=1)
    assert_problem(late.post(f"/bookings/{kept['id']}/cancel"), 409, "cancellation_closed")


def test_a_change_of_other_fields_lets_nobody_cancel_later(customer, organizer, event, clock):
    kept = book(customer, event)
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night", "date": event["date"], "venue": None})
    clock.advance(days=600)
    assert_problem(customer.post(f"/bookings/{kept['id']}/cancel"), 409, "cancellation_closed")


def test_a_hold_can_be_given_up_after_the_event_has_begun(customer, organizer, clock):
    event = make_event(organizer, date="2030-01-01T12:05:00Z")
    held = customer.post("/bookings", {"event_id": event["id"], "quantity": 3, "hold": True}).json
    clock.advance(minutes=10)
    assert customer.post(f"/bookings/{held['id']}/cancel").json["status"] == "cancelled"
    assert available(customer, event) == 10
    assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "event_past")


def test_an_expired_hold_cannot_be_cancelled(app, customer, event):
    booking = book(customer, event)
    stored = services_of(app)[BookingStore].collection
    stored.update_one({}, {"$set": {"status": "expired"}})
    assert_problem(customer.post(f"/bookings/{booking['id']}/cancel"), 409, "hold_expired")


def test_cancelling_an_event_cancels_every_booking(customer, as_role, organizer, event):
    other = as_role("customer")
    bookings = [(customer, book(customer, event, 2)), (customer, book(customer, event)), (other, book(other, event))]
    elsewhere = book(customer, make_event(organizer))
    response = organizer.post(f"/events/{event['id']}/cancel")
    assert response.json == event | {"status": "cancelled", "waitlist": {"open": False, "waiting": 0}}
    assert response.headers["ETag"]
    for api, booking in bookings:
        assert api.get(f"/bookings/{booking['id']}").json["status"] == "cancelled"
        again = api.post(f"/bookings/{booking['id']}/cancel")
        assert (again.status_code, again.json["status"]) == (200, "cancelled")
    assert customer.get(f"/bookings/{elsewhere['id']}").json["status"] == "confirmed"
    assert available(organizer, event) == 10


def test_the_organizer_sees_who_booked_without_the_codes(customer, organizer, event):
    booking = book(customer, event, 2)
    (seen,) = organizer.get(f"/events/{event['id']}/bookings").json["items"]
    hidden = ("code", "url")
    tickets = [{name: value for name, value in ticket.items() if name not in hidden} for ticket in booking["tickets"]]
    expected = booking | {"customer": {"name": "Ada", "email": "ada@example.com"}, "tickets": tickets}
    assert seen == expected


def test_the_organizers_list_can_be_filtered_by_status(customer, organizer, event):
    kept, cancelled = book(customer, event), book(customer, event)
    customer.post(f"/bookings/{cancelled['id']}/cancel")

    def ids(**query):
        items = organizer.get(f"/events/{event['id']}/bookings", query_string=query).json["items"]
        return {booking["id"] for booking in items}

    assert ids() == {kept["id"], cancelled["id"]}
    assert ids(status="confirmed") == {kept["id"]}
    assert ids(status="cancelled") == {cancelled["id"]}
    bad = organizer.get(f"/events/{event['id']}/bookings", query_string={"status": "x"})
    assert_problem(bad, 422, "validation_failed")


def test_sold_plus_available_is_the_total_after_any_history(app, customer, organizer, event):
    bookings = [book(customer, event, quantity) for quantity in (1, 2, 3)]
    customer.post(f"/bookings/{bookings[1]['id']}/cancel")
    organizer.patch(f"/events/{event['id']}", {"total_tickets": 7})
    services = services_of(app)
    stored = services[EventStore].collection.find_one({})
    live = services[BookingStore].collection.find({"status": {"$in": ["held", "confirmed"]}})
    assert stored["total_tickets"] == stored["available_tickets"] + sum(row["quantity"] for row in live) == 7
