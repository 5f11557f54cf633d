"""Money at the door: what is due elsewhere bars nobody, and what has to be paid here is no ticket before."""

from ..asserting import assert_problem
from ..builders import make_event
from .doors import Door

PRICED = {"ticket_types": [{"name": "Seat", "price": 2500, "total": 5}], "total_tickets": 5}


def ordered(customer, event):
    """A booking of one ticket."""
    return customer.post("/bookings", {"event_id": event["id"], "quantity": 1}).json


def test_a_payment_that_is_due_never_bars_the_door(organizer, customer):
    event = make_event(organizer, **PRICED)
    booking = ordered(customer, event)
    assert booking["payment"]["status"] == "due"
    assert Door(organizer, event).scan(booking["tickets"][0]).status_code == 201


def test_who_has_to_pay_here_is_let_in_once_it_is_recorded(organizer, customer):
    event = make_event(organizer, payment="manual", **PRICED)
    booking, door = ordered(customer, event), Door(organizer, event)
    assert_problem(door.scan(booking["tickets"][0]), 409, "ticket_held")
    organizer.post(f"/events/{event['id']}/bookings/{booking['id']}/payments", {"method": "cash"})
    assert door.scan(booking["tickets"][0]).status_code == 201
