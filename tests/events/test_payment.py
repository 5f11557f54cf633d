"""How an event is paid, and that this does not change under those who have booked."""

import pytest

from tests.asserting import assert_problem
from tests.builders import book, event_fields, make_event


@pytest.mark.parametrize("mode", ["none", "manual"])
def test_an_event_says_how_it_is_paid(organizer, mode):
    event = make_event(organizer, payment=mode, payment_due_hours=24, refund_on_cancel=False)
    assert (event["payment"], event["payment_due_hours"], event["refund_on_cancel"]) == (mode, 24, False)


def test_cards_are_refused_where_the_service_takes_none(organizer):
    response = organizer.post("/events", event_fields(payment="stripe"))
    assert_problem(response, 422, "validation_failed")
    assert response.json["errors"].keys() == {"payment"}


def test_how_it_is_paid_can_change_until_tickets_were_booked(organizer, customer):
    event = make_event(organizer, payment="manual")
    path = f"/events/{event['id']}"
    assert organizer.patch(path, {"payment": "none"}).json["payment"] == "none"
    book(customer, event)
    assert_problem(organizer.patch(path, {"payment": "manual"}), 409, "event_has_bookings")
    same = organizer.patch(path, {"payment": "none", "payment_due_hours": 5, "refund_on_cancel": False})
    assert (same.status_code, same.json["payment_due_hours"]) == (200, 5)


def test_a_priced_booking_is_held_and_its_customer_cannot_confirm_it(organizer, customer):
    types = [{"name": "Seat", "price": 2500, "total": 5}, {"name": "Child", "price": 0, "total": 5}]
    event = make_event(organizer, payment="manual", ticket_types=types)
    seat, child = (each["id"] for each in event["ticket_types"])
    priced = {"event_id": event["id"], "items": [{"ticket_type_id": seat, "quantity": 2}]}
    booking = customer.post("/bookings", priced).json
    assert (booking["status"], booking["payment"]["status"], booking["discount"]) == ("held", "due", None)
    assert_problem(customer.post(f"/bookings/{booking['id']}/confirm"), 402, "payment_required")
    free = customer.post("/bookings", priced | {"items": [{"ticket_type_id": child, "quantity": 1}]}).json
    assert (free["status"], free["payment"]["status"]) == ("confirmed", "none")


def test_a_code_of_no_event_is_unknown(organizer, customer):
    event = make_event(organizer)
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": 1, "code": "HALF"})
    assert_problem(response, 422, "code_unknown")
