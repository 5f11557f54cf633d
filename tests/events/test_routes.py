"""Making, reading and changing events, over HTTP."""

import pytest
from bson import ObjectId

from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import FUTURE, event_fields, make_event

SHOP = {"category": None, "tags": [], "image_url": None, "min_price": 0, "max_price": 0, "check_in_lists": ["main"]}
EVENT_KEYS = {
    "id",
    "title",
    "description",
    "date",
    "end_date",
    "venue",
    "timezone",
    "status",
    "sale_starts",
    "sale_ends",
    "cancel_until",
    "currency",
    "waitlist_policy",
    "waitlist",
    *("payment", "payment_due_hours", "refund_on_cancel"),
    "total_tickets",
    "available_tickets",
    "max_per_booking",
    "max_per_customer",
    "ticket_types",
    *SHOP,
    "organizer",
    "created_at",
    "updated_at",
}


def test_an_organizer_makes_an_event(organizer, client):
    response = organizer.post("/events", event_fields())
    event = response.json
    assert response.status_code == 201
    assert event.keys() == EVENT_KEYS
    assert event | {"id": ""} == event_fields() | {
        "id": "",
        "end_date": None,
        "sale_starts": None,
        "sale_ends": None,
        "cancel_until": None,
        "venue": None,
        "timezone": "UTC",
        "status": "published",
        "currency": "USD",
        "available_tickets": 10,
        "max_per_booking": 10,
        "max_per_customer": None,
        "ticket_types": [],
        **SHOP,
        "waitlist_policy": "first_fit",
        "waitlist": {"open": True, "waiting": 0},
        **{"payment": "none", "payment_due_hours": 72, "refund_on_cancel": True},
        "organizer": {"id": organizer.user["id"], "name": organizer.user["name"]},
        "created_at": "2030-01-01T12:00:00Z",
        "updated_at": "2030-01-01T12:00:00Z",
    }
    assert response.headers["Location"] == f"/api/v1/events/{event['id']}"
    assert client.client.get(response.headers["Location"]).headers["ETag"] == response.headers["ETag"]


def test_every_optional_field_of_an_event_is_kept(organizer, client):
    optional = {
        "end_date": "2031-06-02T00:30:00Z",
        "sale_starts": "2030-02-01T00:00:00Z",
        "sale_ends": "2031-06-01T19:00:00Z",
        "cancel_until": "2031-05-01T00:00:00Z",
        "venue": "Porgy & Bess",
        "timezone": "Europe/Vienna",
        "currency": "EUR",
        "max_per_booking": 4,
        "status": "draft",
    }
    event = make_event(organizer, **optional)
    assert {name: event[name] for name in optional} == optional
    assert organizer.get(f"/events/{event['id']}").json == event


@pytest.mark.parametrize("field", ["title", "description", "date", "total_tickets"])
def test_an_event_needs_its_four_fields(organizer, field):
    body = {name: value for name, value in event_fields().items() if name != field}
    assert assert_problem(organizer.post("/events", body), 422, "validation_failed")["errors"].keys() == {field}


UNACCEPTABLE = [
    ("title", ""),
    ("title", " \t "),
    ("title", "x" * 201),
    ("title", "two\nlines"),
    ("title", {"$gt": ""}),
    ("description", "x" * 10_001),
    ("description", "a\x00b"),
    ("date", "2029-12-31T23:59:59Z"),
    ("date", "2030-01-01T12:00:00Z"),
    ("date", "2031-06-01T20:00:00"),
    ("end_date", FUTURE),
    ("end_date", "2031-06-01T19:00:00Z"),
    ("total_tickets", 0),
    ("total_tickets", 1_000_001),
    ("total_tickets", "10"),
    ("total_tickets", 10.0),
    ("total_tickets", True),
    ("max_per_booking", 0),
    ("max_per_booking", 101),
    ("timezone", "Mars/Olympus"),
    ("timezone", "../etc/passwd"),
    ("timezone", "localtime"),
    ("timezone", None),
    ("currency", "eur"),
    ("currency", "EURO"),
    ("status", "cancelled"),
    ("available_tickets", 5),
    ("organizer_id", "0" * 24),
    ("created_at", FUTURE),
]


@pytest.mark.parametrize(("field", "value"), UNACCEPTABLE)
def test_an_unacceptable_field_of_an_event_is_named(organizer, field, value):
    problem = assert_problem(organizer.post("/events", event_fields(**{field: value})), 422, "validation_failed")
    assert problem["errors"].keys() == {field}


@pytest.mark.parametrize(("field", "value"), [*UNACCEPTABLE, ("status", "published"), ("title", None), ("id", "x")])
def test_a_change_is_held_to_the_same_rules(organizer, field, value):
    event = make_event(organizer)
    changed = organizer.patch(f"/events/{event['id']}", {field: value})
    assert assert_problem(changed, 422, "validation_failed")["errors"].keys() == {field}
    assert organizer.get(f"/events/{event['id']}").json == event


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x"),
        ("title", "x" * 200),
        ("title", "Жар-птица 🎷"),
        ("description", ""),
        ("description", "x" * 10_000),
        ("description", "two\nlines"),
        ("total_tickets", 1),
        ("total_tickets", 1_000_000),
        ("max_per_booking", 1),
        ("max_per_booking", 100),
        ("end_date", None),
        ("venue", None),
    ],
)
def test_the_limits_of_a_field_are_acceptable(organizer, field, value):
    assert make_event(organizer, **{field: value})[field] == value


def test_an_event_shows_its_organizers_present_name(app, organizer, client):
    event = make_event(organizer)
    organizer.patch("/users/me", {"name": "Grace"})
    run_jobs(app)
    assert client.get(f"/events/{event['id']}").json["organizer"] == {"id": organizer.user["id"], "name": "Grace"}


def test_a_draft_is_seen_by_its_organizer_alone(organizer, as_role, client):
    path = f"/events/{make_event(organizer, status='draft')['id']}"
    assert organizer.get(path).json["status"] == "draft"
    for other in (client, as_role("organizer"), as_role("customer")):
        assert_problem(other.get(path), 404, "event_not_found")


def test_a_draft_of_another_organizer_cannot_even_be_guessed_at(organizer, as_role):
    other, path = as_role("organizer"), f"/events/{make_event(organizer, status='draft')['id']}"
    assert_problem(other.patch(path, {"title": "Mine"}), 404, "event_not_found")
    assert_problem(other.delete(path), 404, "event_not_found")
    assert_problem(other.post(f"{path}/publish"), 404, "event_not_found")
    assert_problem(other.post(f"{path}/cancel"), 404, "event_not_found")
    assert_problem(other.get(f"{path}/bookings"), 404, "event_not_found")


def test_a_draft_that_was_cancelled_is_still_seen_by_its_organizer_alone(organizer, as_role, client):
    event = make_event(organizer, status="draft")
    path, other, customer = f"/events/{event['id']}", as_role("organizer"), as_role("customer")
    assert organizer.post(f"{path}/cancel").json["status"] == "cancelled"
    assert organizer.get(path).json["status"] == "cancelled"
    for answer in (
        *(anybody.get(path) for anybody in (client, other, customer)),
        client.get(f"{path}/calendar.ics"),
        customer.post("/bookings", {"event_id": event["id"], "quantity": 1}),
        other.patch(path, {"title": "Mine"}),
        other.post(f"{path}/cancel"),
    ):
        assert_problem(answer, 404, "event_not_found")


def test_a_published_event_that_was_cancelled_can_be_read_by_anyone(organizer, client):
    drafted = make_event(organizer, status="draft")
    organizer.post(f"/events/{drafted['id']}/publish")
    for event in (make_event(organizer), drafted):
        organizer.post(f"/events/{event['id']}/cancel")
        assert client.get(f"/events/{event['id']}").json["status"] == "cancelled"


def test_only_its_organizer_may_act_on_an_event(organizer, as_role):
    other, event = as_role("organizer"), make_event(organizer)
    path = f"/events/{event['id']}"
    assert_problem(other.patch(path, {"title": "Mine"}), 403, "not_your_event")
    assert_problem(other.delete(path), 403, "not_your_event")
    assert_problem(other.post(f"{path}/publish"), 403, "not_your_event")
    assert_problem(other.post(f"{path}/cancel"), 403, "not_your_event")
    assert_problem(other.get(f"{path}/bookings"), 403, "not_your_event")
    assert organizer.get(path).json == event


def test_there_is_nothing_at_an_id_that_no_event_has(organizer):
    path = f"/events/{ObjectId()}"
    assert_problem(organizer.get(path), 404, "event_not_found")
    assert_problem(organizer.patch(path, {"title": "Mine"}), 404, "event_not_found")
    assert_problem(organizer.delete(path), 404, "event_not_found")
    assert_problem(organizer.post(f"{path}/publish"), 404, "event_not_found")
    assert_problem(organizer.post(f"{path}/cancel"), 404, "event_not_found")
    assert_problem(organizer.get(f"{path}/bookings"), 404, "event_not_found")


def test_publishing_puts_a_draft_on_sale_and_again_changes_nothing(organizer, client):
    path = f"/events/{make_event(organizer, status='draft')['id']}"
    response = organizer.post(f"{path}/publish")
    assert (response.status_code, response.json["status"]) == (200, "published")
    assert client.get(path).json == organizer.post(f"{path}/publish").json == response.json


def test_a_past_draft_cannot_be_published(organizer, clock):
    event = make_event(organizer, status="draft")
    clock.advance(days=600)
    assert_problem(organizer.post(f"/events/{event['id']}/publish"), 409, "event_past")


def test_a_cancelled_event_can_be_neither_changed_nor_published(organizer):
    path = f"/events/{make_event(organizer)['id']}"
    assert organizer.post(f"{path}/cancel").json["status"] == "cancelled"
    assert_problem(organizer.patch(path, {"title": "Again"}), 409, "event_cancelled")
    assert_problem(organizer.post(f"{path}/publish"), 409, "event_cancelled")
