"""Joining, reading, leaving and answering, on an app whose tickets nobody else wants at the same moment."""

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.waitlist.store import WaitlistStore

from ..apps import SETTINGS, run_jobs
from ..asserting import assert_problem, available
from ..builders import book, event_fields, hold, log_in_again, make_event
from .people import all_faults, cancel, entry, join, shown

TYPES = [{"name": name, "price": 1000, "total": 2} for name in ("Seat", "Stand")]


@pytest.fixture
def event(organizer):
    """A published event with four tickets."""
    return make_event(organizer, total_tickets=4)


@pytest.fixture
def sold(event, as_role):
    """Who has bought all of it, with the booking."""
    buyer = as_role("customer")
    return buyer, book(buyer, event, 4)


@pytest.fixture(autouse=True)
def _nothing_is_wrong(app):
    yield
    assert all_faults(app) == []


def test_who_joins_hears_their_position_and_is_offered_what_comes_back(customer, as_role, event, sold):
    other = as_role("customer")
    joined = join(customer, event, 2)
    assert joined == {
        "id": joined["id"],
        "event_id": event["id"],
        "quantity": 2,
        "min_quantity": 2,
        "ticket_type_id": None,
        "position": 1,
        "status": "waiting",
        "booking_id": None,
        "offer_expires_at": None,
        "created_at": "2030-01-01T12:00:00Z",
    }
    assert join(other, event)["position"] == 2
    assert shown(customer, event) == {"open": True, "waiting": 2}
    assert other.delete(f"/events/{event['id']}/waitlist").status_code == 204
    cancel(*sold)
    offered = entry(customer, event)
    assert (offered["status"], offered["position"]) == ("offered", None)
    assert offered["offer_expires_at"] == "2030-01-01T13:00:00Z"
    booking = customer.get(f"/bookings/{offered['booking_id']}").json
    assert (booking["status"], booking["quantity"]) == ("held", 2)
    assert available(customer, event) == 2
    assert shown(customer, event) == {"open": True, "waiting": 0}


def test_an_offer_is_accepted_by_confirming_it(customer, event, sold):
    join(customer, event)
    cancel(*sold)
    booking_id = entry(customer, event)["booking_id"]
    assert customer.post(f"/bookings/{booking_id}/confirm").status_code == 200
    assert entry(customer, event)["status"] == "accepted"
    cancel(customer, {"id": booking_id})
    assert entry(customer, event)["status"] == "accepted"


@pytest.mark.parametrize("by", ["the booking", "the list"])
def test_a_declined_offer_goes_to_the_next(customer, as_role, event, sold, by):
    other = as_role("customer")
    join(customer, event, 4)
    join(other, event, 3)
    cancel(*sold)
    if by == "the list":
        assert customer.delete(f"/events/{event['id']}/waitlist").status_code == 204
    else:
        cancel(customer, {"id": entry(customer, event)["booking_id"]})
    assert entry(customer, event)["status"] == "declined"
    assert entry(other, event)["status"] == "offered"
    assert available(customer, event) == 1


def test_an_unanswered_offer_expires_and_goes_to_the_next(app, clock, customer, as_role, event, sold):
    other = as_role("customer")
    join(customer, event, 4)
    join(other, event, 4)
    cancel(*sold)
    clock.advance(seconds=SETTINGS.offer_seconds)
    run_jobs(app)
    states = {each["customer_id"]: each["status"] for each in services_of(app)[WaitlistStore].collection.find()}
    assert states == {ObjectId(customer.user["id"]): "expired", ObjectId(other.user["id"]): "offered"}


def test_who_leaves_is_not_offered_anything(customer, event, sold):
    join(customer, event)
    assert customer.delete(f"/events/{event['id']}/waitlist").status_code == 204
    assert entry(customer, event)["status"] == "left"
    assert shown(customer, event) == {"open": True, "waiting": 0}
    cancel(*sold)
    assert available(customer, event) == 4
    assert_problem(customer.delete(f"/events/{event['id']}/waitlist"), 404, "not_waiting")


def test_who_takes_fewer_is_offered_what_there_is_at_once(customer, event, as_role):
    book(as_role("customer"), event, 2)
    joined = join(customer, event, 3, min_quantity=1)
    assert (joined["status"], joined["position"]) == ("offered", None)
    assert customer.get(f"/bookings/{joined['booking_id']}").json["quantity"] == 2


def test_nobody_keeps_tickets_by_joining_again_and_again(customer, event, as_role, clock):
    book(as_role("customer"), event, 2)
    path = f"/events/{event['id']}/waitlist"
    for _ in range(2):
        assert join(customer, event, 3, min_quantity=1)["status"] == "offered"
        assert customer.delete(path).status_code == 204
    refused = customer.post(path, {"quantity": 3, "min_quantity": 1})
    assert_problem(refused, 409, "hold_cooldown")
    assert refused.headers["Retry-After"] == "3600"
    assert join(customer, event, 3)["status"] == "waiting"  # who keeps nothing from others may always wait
    assert customer.delete(path).status_code == 204
    clock.advance(hours=1)
    again = log_in_again(customer)
    assert join(again, event, 3, min_quantity=1)["status"] == "offered"


def test_an_offer_that_its_organizer_cancels_is_closed(customer, organizer, event, sold):
    join(customer, event)
    cancel(*sold)
    booking_id = entry(customer, event)["booking_id"]
    assert organizer.post(f"/events/{event['id']}/bookings/{booking_id}/cancel").status_code == 200
    assert entry(customer, event)["status"] == "closed"


def test_an_offer_of_a_cancelled_event_is_closed(app, customer, organizer, event, sold):
    join(customer, event)
    cancel(*sold)
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    run_jobs(app)
    assert entry(customer, event)["status"] == "closed"


def test_a_hold_of_the_list_is_none_that_its_customer_has_asked_for(customer, event, sold):
    join(customer, event, 2)
    cancel(*sold)
    assert hold(customer, event, 2)["status"] == "held"


def test_a_place_on_the_list_is_had_once(customer, event, sold):
    join(customer, event)
    assert_problem(customer.post(f"/events/{event['id']}/waitlist", {"quantity": 1}), 409, "already_waiting")
    cancel(*sold)
    assert_problem(customer.post(f"/events/{event['id']}/waitlist", {"quantity": 4}), 409, "already_waiting")


def test_tickets_that_are_on_sale_are_booked_and_not_waited_for(customer, event):
    problem = assert_problem(
        customer.post(f"/events/{event['id']}/waitlist", {"quantity": 4}), 409, "tickets_available"
    )
    assert problem["available_tickets"] == 4


@pytest.mark.parametrize(
    ("fields", "wanted", "status", "code"),
    [
        ({}, {"quantity": 11}, 422, "validation_failed"),
        ({}, {"quantity": 2, "min_quantity": 3}, 422, "validation_failed"),
        ({}, {"quantity": 1, "ticket_type_id": "65b8367b5abb9326b269cd30"}, 422, "validation_failed"),
        ({"max_per_customer": 5}, {"quantity": 6}, 409, "customer_limit"),
        ({"sale_starts": "2030-02-01T00:00:00Z"}, {"quantity": 6}, 409, "not_on_sale"),
    ],
)
def test_what_could_not_be_booked_cannot_be_waited_for(customer, organizer, fields, wanted, status, code):
    event = make_event(organizer, total_tickets=4, **fields)
    assert_problem(customer.post(f"/events/{event['id']}/waitlist", wanted), status, code)


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_nobody_waits_for_what_is_not_published(customer, organizer, status):
    event = make_event(organizer, status="draft" if status == "draft" else "published")
    if status == "cancelled":
        organizer.post(f"/events/{event['id']}/cancel")
    code = {"draft": (404, "event_not_found"), "cancelled": (409, "event_cancelled")}[status]
    assert_problem(customer.post(f"/events/{event['id']}/waitlist", {"quantity": 11}), *code)
    assert_problem(customer.get(f"/events/{event['id']}/waitlist"), 404, "not_waiting")


def test_a_type_has_to_be_named_where_there_are_several(customer, organizer):
    fields = {name: value for name, value in event_fields(ticket_types=TYPES).items() if name != "total_tickets"}
    event = organizer.post("/events", fields).json
    assert_problem(customer.post(f"/events/{event['id']}/waitlist", {"quantity": 3}), 422, "validation_failed")
    joined = join(customer, event, 3, ticket_type_id=event["ticket_types"][1]["id"])
    assert joined["ticket_type_id"] == event["ticket_types"][1]["id"]


def test_a_repeated_join_is_answered_alike(customer, event, sold):
    key = {"Idempotency-Key": "once"}
    first, second = (customer.post(f"/events/{event['id']}/waitlist", {"quantity": 1}, headers=key) for _ in range(2))
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_strict_list_lets_nobody_overtake(customer, as_role, organizer):
    event = make_event(organizer, total_tickets=4, waitlist_policy="strict")
    buyers = [as_role("customer") for _ in range(2)]
    bookings = [book(buyer, event, 2) for buyer in buyers]
    other = as_role("customer")
    join(customer, event, 3)
    join(other, event, 1)
    cancel(buyers[0], bookings[0])
    assert entry(other, event)["status"] == "waiting"
    problem = assert_problem(other.post("/bookings", {"event_id": event["id"], "quantity": 1}), 409, "sold_out")
    assert (problem["available_tickets"], problem["waitlist"]) == (0, True)


def test_an_organizer_sees_who_waits_in_order(customer, as_role, organizer, event, sold):
    waiting = [customer, *(as_role("customer") for _ in range(2))]
    for each in waiting:
        join(each, event)
    path = f"/events/{event['id']}/waitlist/entries"
    first = organizer.get(f"{path}?limit=2").json
    rest = organizer.get(f"{path}?limit=2&cursor={first['next_cursor']}").json
    found = [*first["items"], *rest["items"]]
    assert [each["position"] for each in found] == [1, 2, 3]
    assert [each["customer"]["email"] for each in found] == [each.user["email"] for each in waiting]
    waiting[1].delete(f"/events/{event['id']}/waitlist")
    left = organizer.get(f"{path}?status=left").json["items"]
    assert [each["customer"]["name"] for each in left] == [waiting[1].user["name"]]
    assert organizer.get(f"/events/{event['id']}/stats").json["waiting"] == 2


def test_the_feed_tells_who_has_joined_and_what_was_offered(customer, organizer, event, sold):
    joined = join(customer, event)
    cancel(*sold)
    items = organizer.get(f"/events/{event['id']}/changes").json["items"]
    told = [item for item in items if item["type"].startswith("waitlist.")]
    assert [item["type"] for item in told] == ["waitlist.joined", "waitlist.offered"]
    assert told[0]["data"]["actor"] == {"type": "user", "id": customer.user["id"]}
    offer = told[1]["data"]["waitlist"]
    assert (offer["id"], offer["status"], offer["quantity"]) == (joined["id"], "offered", 1)
    assert offer["booking_id"] == entry(customer, event)["booking_id"]
