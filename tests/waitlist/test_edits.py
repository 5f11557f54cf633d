"""A waiting list follows what becomes of its event: edits, the end of its sale, and its deletion."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.clock import now, rfc3339
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.waitlist.service import WaitlistService
from booking_api.waitlist.store import WaitlistStore

from ..apps import run_jobs
from ..asserting import assert_problem, available
from ..builders import book, event_fields, make_event
from .people import all_faults, cancel, entry, join, shown

TYPES = [{"name": name, "price": 1000, "total": 2} for name in ("Seat", "Stand")]


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who waits."""
    return as_real_role("customer")


@pytest.fixture
def buyer(as_real_role):
    """Somebody who has booked."""
    return as_real_role("customer")


@pytest.fixture(autouse=True)
def _nothing_is_wrong(real_app):
    yield
    run_jobs(real_app)
    assert all_faults(real_app) == []


def edit(organizer, event, **changes):
    """Edit an event."""
    response = organizer.patch(f"/events/{event['id']}", changes)
    assert response.status_code == 200, response.json
    return response.json


def typed(organizer, **fields):
    """An event with two types of two tickets each."""
    body = event_fields(ticket_types=TYPES, **fields)
    del body["total_tickets"]
    return organizer.post("/events", body).json


def test_added_tickets_are_sold_to_nobody_before_the_list_is_served(real_app, organizer, customer, buyer):
    event = make_event(organizer, total_tickets=1)
    book(buyer, event)
    join(customer, event)
    edit(organizer, event, total_tickets=3)
    problem = assert_problem(buyer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "sold_out")
    assert (problem["available_tickets"], problem["waitlist"]) == (0, True)
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "offered"
    book(buyer, event)


def test_an_edit_of_words_keeps_nothing_from_sale(organizer, customer, buyer):
    event = make_event(organizer, total_tickets=2)
    book(buyer, event)
    join(customer, event, 2)
    edit(organizer, event, title="Blues night")
    book(buyer, event)


def test_a_list_that_becomes_strict_alone_is_served_until_it_is_not(real_app, organizer, customer, buyer):
    event = make_event(organizer, total_tickets=2)
    book(buyer, event)
    join(customer, event, 2)
    edit(organizer, event, waitlist_policy="strict")
    run_jobs(real_app)
    order = {"event_id": event["id"], "quantity": 1}
    assert_problem(buyer.post("/bookings", order), 409, "sold_out")
    edit(organizer, event, waitlist_policy="first_fit")
    run_jobs(real_app)
    book(buyer, event)


def test_a_type_that_is_removed_closes_its_part_of_the_list(real_app, organizer, customer, buyer):
    event = typed(organizer)
    first, second = event["ticket_types"]
    join(customer, event, 3, ticket_type_id=first["id"])
    join(buyer, event, 3, ticket_type_id=second["id"])
    edit(organizer, event, ticket_types=[{"id": second["id"]}])
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "closed"
    assert entry(buyer, event)["status"] == "waiting"
    assert available(customer, event) == 2


def test_who_wants_more_than_a_booking_may_have_is_not_kept_waiting(real_app, organizer, customer, buyer):
    event = make_event(organizer, total_tickets=2)
    book(buyer, event, 2)
    join(customer, event, 5)
    join(buyer, event, 5, min_quantity=1)
    edit(organizer, event, max_per_booking=4)
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "closed"
    edit(organizer, event, total_tickets=20)
    run_jobs(real_app)
    assert buyer.get(f"/bookings/{entry(buyer, event)['booking_id']}").json["quantity"] == 4


def test_who_may_have_no_more_is_passed_over_until_the_limit_is_raised(
    real_app, organizer, customer, buyer, as_real_role
):
    event, other = typed(organizer, max_per_customer=2), as_real_role("customer")
    first, second = (each["id"] for each in event["ticket_types"])
    seats = {"event_id": event["id"], "items": [{"ticket_type_id": first, "quantity": 2}]}
    sold = buyer.post("/bookings", seats).json
    join(customer, event, 1, ticket_type_id=first)
    join(other, event, 1, ticket_type_id=first)
    stands = {"event_id": event["id"], "items": [{"ticket_type_id": second, "quantity": 2}]}
    assert customer.post("/bookings", stands).status_code == 201
    cancel(buyer, sold)
    assert (entry(customer, event)["status"], entry(other, event)["status"]) == ("waiting", "offered")
    assert shown(customer, event)["waiting"] == 1
    edit(organizer, event, max_per_customer=3)
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "offered"


def test_an_offer_waits_for_a_sale_that_begins_later_and_nobody_is_quicker(real_app, organizer, customer, buyer):
    event = typed(organizer)
    first, second = (each["id"] for each in event["ticket_types"])
    sold = buyer.post("/bookings", {"event_id": event["id"], "items": [{"ticket_type_id": first, "quantity": 2}]}).json
    join(customer, event, 1, ticket_type_id=first)
    begins = now() + timedelta(hours=1)
    edit(organizer, event, ticket_types=[{"id": first, "sale_starts": rfc3339(begins)}, {"id": second}])
    run_jobs(real_app)
    cancel(buyer, sold)
    stored = services_of(real_app)[Outbox].collection.find_one({"kind": "waitlist.serve", "state": "pending"})
    assert stored["due_at"] == begins
    assert entry(customer, event)["status"] == "waiting"
    assert (
        buyer.post(
            "/bookings", {"event_id": event["id"], "items": [{"ticket_type_id": second, "quantity": 1}]}
        ).status_code
        == 201
    )
    edit(organizer, event, ticket_types=[{"id": first, "sale_starts": None}, {"id": second}])
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "offered"


def test_the_end_of_the_sale_closes_the_list_by_a_job_that_moves_with_it(real_app, organizer, customer, buyer):
    event = make_event(organizer, total_tickets=1, sale_ends="2031-05-01T00:00:00Z")
    book(buyer, event)
    join(customer, event)
    jobs = services_of(real_app)[Outbox].collection
    assert rfc3339(jobs.find_one({"kind": "waitlist.serve"})["due_at"]) == "2031-05-01T00:00:00Z"
    edit(organizer, event, sale_ends="2031-04-01T00:00:00Z")
    run_jobs(real_app)
    assert rfc3339(jobs.find_one({"kind": "waitlist.serve"})["due_at"]) == "2031-04-01T00:00:00Z"
    edit(organizer, event, sale_ends=rfc3339(now()))
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "closed"
    assert shown(customer, event) == {"open": False, "waiting": 0}


def test_an_event_that_was_never_booked_is_deleted_with_its_list(real_app, organizer, customer):
    event = make_event(organizer, total_tickets=4)
    join(customer, event, 5)
    assert organizer.delete(f"/events/{event['id']}").status_code == 204
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "closed"
    services_of(real_app)[WaitlistService].serve({"payload": {"event_id": ObjectId(event["id"])}})
    assert services_of(real_app)[WaitlistStore].collection.count_documents({"open": True}) == 0
