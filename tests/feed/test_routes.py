"""The feed of an event as its organizer reads it."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.events.change_store import ChangeStore
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner

from ..asserting import assert_problem
from ..builders import book, hold, make_event

TYPES = [{"name": "Seat", "price": 1000, "total": 5}, {"name": "Stand", "price": 500, "total": 5}]


def changes(organizer, event, **query):
    """The answer for an event."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return organizer.get(f"/events/{event['id']}/changes?{asked}")


def items(organizer, event, **query):
    """The changes on a page, but for the first, which is the making of the event."""
    answer = changes(organizer, event, **query)
    assert answer.status_code == 200, answer.json
    return answer.json["items"][1:]


def types(organizer, event):
    """The types of these changes."""
    return [item["type"] for item in items(organizer, event)]


def test_a_feed_begins_with_the_making_of_its_event(organizer, event):
    answer = changes(organizer, event).json
    (made,) = answer["items"]
    assert (answer["oldest"], answer["next_after"]) == (1, 1)
    assert (made["type"], made["sequence"], made["event_id"]) == ("event.created", 1, event["id"])
    assert made["timestamp"] == event["created_at"]
    assert made["data"] == {
        "event": {name: event[name] for name in ("id", "status", "date", "total_tickets", "available_tickets")}
        | {"version": 1, "changed": []},
        "actor": {"type": "user", "id": organizer.user["id"]},
    }


def test_a_booking_is_told_with_what_was_bought_and_by_whom(organizer, customer):
    event = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    seat, stand = (each["id"] for each in event["ticket_types"])
    order = [{"ticket_type_id": seat, "quantity": 2}, {"ticket_type_id": stand, "quantity": 1}]
    booking = customer.post("/bookings", {"event_id": event["id"], "items": order}).json
    (sold,) = items(organizer, event)
    assert (sold["type"], sold["sequence"]) == ("booking.confirmed", 2)
    assert sold["data"] == {
        "booking": {
            "id": booking["id"],
            "status": "confirmed",
            "quantity": 3,
            "items": [order[0] | {"price": 1000}, order[1] | {"price": 500}],
            "amount": 2500,
            "currency": "USD",
            "hold_expires_at": None,
        },
        "actor": {"type": "user", "id": customer.user["id"]},
    }


def test_a_hold_is_told_until_it_is_confirmed_or_given_up(organizer, customer, event):
    confirmed, given_up = hold(customer, event), hold(customer, event)
    customer.post(f"/bookings/{confirmed['id']}/confirm")
    customer.post(f"/bookings/{given_up['id']}/cancel")
    told = [(item["type"], item["data"]["booking"]["id"]) for item in items(organizer, event)]
    assert told == [
        ("booking.held", confirmed["id"]),
        ("booking.held", given_up["id"]),
        ("booking.confirmed", confirmed["id"]),
        ("booking.cancelled", given_up["id"]),
    ]
    held, _, after, cancelled = (item["data"]["booking"] for item in items(organizer, event))
    assert (held["status"], held["hold_expires_at"]) == ("held", confirmed["hold_expires_at"])
    assert (after["status"], after["hold_expires_at"]) == ("confirmed", None)
    assert cancelled["status"] == "cancelled"


def test_an_expiry_is_told_as_the_doing_of_the_service(app, clock, organizer, customer, event):
    held = hold(customer, event)
    clock.now += timedelta(minutes=16)
    (job,) = services_of(app)[Outbox].collection.find({"kind": EXPIRE_HOLD})
    services_of(app)[JobRunner].run([job["_id"]])
    expired = items(organizer, event)[-1]
    assert (expired["type"], expired["data"]["booking"]["id"]) == ("booking.expired", held["id"])
    assert expired["data"]["actor"] == {"type": "system", "id": None}


def test_an_edit_is_told_with_the_names_of_what_it_changed(organizer, event):
    organizer.patch(f"/events/{event['id']}", {"title": "Blues", "total_tickets": 12, "description": "All night."})
    (edited,) = items(organizer, event)
    assert edited["type"] == "event.updated"
    assert edited["data"]["event"]["changed"] == ["title", "total_tickets"]
    assert (edited["data"]["event"]["total_tickets"], edited["data"]["event"]["version"]) == (12, 2)
    assert "Blues" not in str(edited)


def test_an_edit_of_the_types_changes_the_total_too(organizer):
    event = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    more = [{"id": each["id"], "total": 6} for each in event["ticket_types"]]
    organizer.patch(f"/events/{event['id']}", {"ticket_types": more})
    (edited,) = items(organizer, event)
    assert edited["data"]["event"]["changed"] == ["ticket_types", "total_tickets"]


def test_an_edit_that_changes_nothing_is_not_told(organizer, event):
    assert organizer.patch(f"/events/{event['id']}", {"title": event["title"]}).status_code == 200
    assert items(organizer, event) == []


def test_what_is_refused_is_not_told(organizer, customer, event):
    book(customer, event, 9)
    assert customer.post("/bookings", {"event_id": event["id"], "quantity": 2}).status_code == 409
    assert organizer.patch(f"/events/{event['id']}", {"total_tickets": 1}).status_code == 409
    assert types(organizer, event) == ["booking.confirmed"]


def test_repeating_a_cancellation_or_a_confirmation_tells_nothing_more(organizer, customer, event):
    kept, cancelled = hold(customer, event), book(customer, event)
    for _ in range(2):
        customer.post(f"/bookings/{kept['id']}/confirm")
        customer.post(f"/bookings/{cancelled['id']}/cancel")
    assert types(organizer, event)[2:] == ["booking.confirmed", "booking.cancelled"]


def test_an_event_is_published_and_cancelled_with_its_bookings(organizer, customer):
    event = make_event(organizer, status="draft")
    for _ in range(2):
        organizer.post(f"/events/{event['id']}/publish")
    booked = [book(customer, event)["id"] for _ in range(2)]
    for _ in range(2):
        organizer.post(f"/events/{event['id']}/cancel", {"reason": "Rain"})
    published, *_, cancelled, first, second = items(organizer, event)
    assert (published["type"], published["data"]["event"]["status"]) == ("event.published", "published")
    assert (cancelled["type"], cancelled["data"]["event"]["status"]) == ("event.cancelled", "cancelled")
    assert [each["data"]["booking"]["id"] for each in (first, second)] == booked
    assert {each["data"]["booking"]["status"] for each in (first, second)} == {"cancelled"}
    assert second["sequence"] == 7


def test_a_deleted_event_leaves_its_last_change(app, organizer, event):
    assert organizer.delete(f"/events/{event['id']}").status_code == 204
    assert_problem(changes(organizer, event), 404, "event_not_found")
    made, deleted = services_of(app)[ChangeStore].read(ObjectId(event["id"]), 0, 10)
    assert (made.sequence, deleted.sequence, deleted.change["type"]) == (1, 2, "event.deleted")


def test_no_name_address_or_code_is_told(app, organizer, customer):
    event = make_event(organizer, title="Secret title", venue="Secret venue")
    booking = book(customer, event, 2)
    organizer.patch(f"/events/{event['id']}", {"venue": "Other secret"})
    customer.post(f"/bookings/{booking['id']}/cancel")
    told = str(list(services_of(app)[ChangeStore].collection.find()))
    codes = [ticket["code"] for ticket in booking["tickets"]]
    for secret in ("ecret", organizer.user["name"], customer.user["name"], "@", *codes):
        assert secret not in told


def test_a_feed_is_read_page_by_page_without_a_gap(organizer, customer, event):
    for _ in range(6):
        book(customer, event)
    seen, after = [], 0
    while page := (answer := changes(organizer, event, after=after, limit=3).json)["items"]:
        assert len(page) == 3 or after == 6
        seen += [item["sequence"] for item in page]
        after = answer["next_after"]
    assert seen == list(range(1, 8))
    assert answer == {"items": [], "next_after": 7, "oldest": 1}


def test_a_number_beyond_the_last_change_is_refused(organizer, event):
    assert changes(organizer, event, after=1).json["items"] == []
    problem = assert_problem(changes(organizer, event, after=2), 422, "validation_failed")
    assert problem["errors"] == {"after": ["The last change of this event has the number 1."]}


@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"after": 2**53}, {"limit": 0}, {"cursor": "x"}])
def test_a_malformed_query_is_refused(organizer, event, query):
    assert_problem(changes(organizer, event, **query), 422, "validation_failed")


def expire(app, *firsts):
    """Delete changes as MongoDB does when they are too old."""
    services_of(app)[ChangeStore].collection.delete_many({"first": {"$in": firsts}})


def test_changes_that_are_no_longer_kept_are_gone_and_not_passed_over(app, organizer, customer, event):
    for _ in range(4):
        book(customer, event)
    expire(app, 1, 2)
    for after in (0, 1):
        assert assert_problem(changes(organizer, event, after=after), 410, "changes_expired")["oldest"] == 3
    assert [item["sequence"] for item in changes(organizer, event, after=2).json["items"]] == [3, 4, 5]
    answer = changes(organizer, event).json
    assert ([item["sequence"] for item in answer["items"]], answer["oldest"]) == ([3, 4, 5], 3)


def test_a_page_ends_before_a_change_that_was_deleted_too_soon(app, organizer, customer, event):
    for _ in range(4):
        book(customer, event)
    expire(app, 3)
    assert [item["sequence"] for item in changes(organizer, event).json["items"]] == [1, 2]
    assert assert_problem(changes(organizer, event, after=2), 410, "changes_expired")["oldest"] == 4


def test_when_nothing_is_kept_the_feed_goes_on_with_the_next_change(app, organizer, customer, event):
    book(customer, event)
    expire(app, 1, 2)
    assert changes(organizer, event).json == {"items": [], "next_after": 2, "oldest": 3}
    assert changes(organizer, event, after=2).status_code == 200
    assert assert_problem(changes(organizer, event, after=1), 410, "changes_expired")["oldest"] == 3


def test_an_event_from_before_the_feed_is_numbered_from_its_next_change(app, organizer, customer, event):
    store = services_of(app)[ChangeStore]
    store.collection.delete_many({})
    store.collection.database["events"].update_one({}, {"$unset": {"sequence": ""}})
    assert changes(organizer, event).json == {"items": [], "next_after": 0, "oldest": 1}
    book(customer, event)
    (sold,) = changes(organizer, event).json["items"]
    assert (sold["sequence"], sold["type"]) == (1, "booking.confirmed")


def test_only_its_organizer_follows_an_event(as_role, client, event, customer):
    path = f"/events/{event['id']}/changes"
    assert_problem(as_role("organizer").get(path), 403, "not_your_event")
    assert_problem(customer.get(path), 403, "wrong_role")
    assert client.get(path).status_code == 401
