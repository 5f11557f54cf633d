"""What somebody tries who wants more from a waiting list than their turn."""

import pytest

from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import book, event_fields, make_event
from .people import all_faults, entry, join

TYPES = [{"name": name, "price": 1000, "total": 4} for name in ("Seat", "Stand")]


@pytest.fixture(autouse=True)
def _nothing_is_wrong(app):
    yield
    assert all_faults(app) == []


def test_offers_that_came_to_nothing_are_not_forgotten_by_joining_and_leaving(customer, organizer, as_role):
    event = make_event(organizer, total_tickets=4)
    book(as_role("customer"), event, 2)
    path = f"/events/{event['id']}/waitlist"
    for least in (1, 1, *[4] * 12):
        join(customer, event, 4, min_quantity=least)
        assert customer.delete(path).status_code == 204
    assert_problem(customer.post(path, {"quantity": 4, "min_quantity": 1}), 409, "hold_cooldown")


def test_nobody_keeps_tickets_by_joining_again_while_a_strict_list_is_served(customer, organizer, as_role):
    body = event_fields(ticket_types=TYPES, waitlist_policy="strict")
    del body["total_tickets"]
    event = organizer.post("/events", body).json
    seat, stand = (each["id"] for each in event["ticket_types"])
    items = [{"ticket_type_id": seat, "quantity": 2}]
    assert as_role("customer").post("/bookings", {"event_id": event["id"], "items": items}).status_code == 201
    join(as_role("customer"), event, 3, ticket_type_id=seat)  # from now on tickets are had by the list alone
    path = f"/events/{event['id']}/waitlist"
    for _ in range(2):
        assert join(customer, event, 4, ticket_type_id=stand)["status"] == "offered"
        assert customer.delete(path).status_code == 204
    assert_problem(customer.post(path, {"quantity": 4, "ticket_type_id": stand}), 409, "hold_cooldown")
    assert join(customer, event, 3, ticket_type_id=seat)["status"] == "waiting"


def test_nobody_stops_a_strict_sale_by_waiting_for_more_than_there_are(customer, organizer):
    event = make_event(organizer, total_tickets=4, waitlist_policy="strict")
    path = f"/events/{event['id']}/waitlist"
    problem = assert_problem(customer.post(path, {"quantity": 5}), 422, "validation_failed")
    assert "quantity" in problem["errors"]
    book(customer, event)
    assert join(customer, event, 5, min_quantity=4)["status"] == "waiting"


def test_who_waits_for_more_than_there_are_is_let_go_when_a_list_becomes_strict(app, customer, organizer, as_role):
    event = make_event(organizer, total_tickets=4)
    join(customer, event, 5)
    assert organizer.patch(f"/events/{event['id']}", {"waitlist_policy": "strict"}).status_code == 200
    run_jobs(app)
    assert entry(customer, event)["status"] == "closed"
    book(as_role("customer"), event)
