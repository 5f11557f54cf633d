"""An event that has begun and is not over: it is listed, sold, confirmed and cancelled like one to come."""

from datetime import datetime

import pytest

from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import book, event_fields, hold, log_in_again, make_event, sign_up

BEGINS, ENDS = "2030-01-02T12:00:00Z", "2030-01-12T12:00:00Z"


@pytest.fixture
def fair(app, clock):
    """A fair of ten days that began a day ago, its organizer, and a customer who booked before it began."""
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    event = make_event(organizer, title="Fair", date=BEGINS, end_date=ENDS, currency="EUR")
    booking = book(customer, event)
    clock.advance(days=2)
    return event, log_in_again(organizer), log_in_again(customer), booking


def test_it_is_listed_until_it_is_over(fair, client, clock):
    event = fair[0]
    assert [each["id"] for each in client.get("/events").json["items"]] == [event["id"]]
    clock.advance(days=9, seconds=-1)
    assert [each["id"] for each in client.get("/events").json["items"]] == [event["id"]]
    clock.advance(seconds=1)
    assert client.get("/events").json["items"] == []
    assert len(client.get("/events?past=true").json["items"]) == 1


def test_its_tickets_are_sold_held_and_confirmed(fair):
    event, _, customer, _ = fair
    book(customer, event)
    held = hold(customer, event)
    assert customer.post(f"/bookings/{held['id']}/confirm").json["status"] == "confirmed"


def test_its_organizer_may_still_cancel_it(fair):
    event, organizer, customer, booking = fair
    assert organizer.post(f"/events/{event['id']}/cancel", {}).json["status"] == "cancelled"
    assert customer.get(f"/bookings/{booking['id']}").json["status"] == "cancelled"


def test_a_draft_of_it_is_published_and_a_new_event_must_begin_in_the_future(app, clock):
    organizer = sign_up(app, "organizer")
    draft = make_event(organizer, date=BEGINS, end_date=ENDS, status="draft")
    clock.advance(days=2)
    organizer = log_in_again(organizer)
    assert organizer.post(f"/events/{draft['id']}/publish").json["status"] == "published"
    assert_problem(organizer.post("/events", event_fields(date=BEGINS, end_date=ENDS)), 422, "validation_failed")


def test_when_it_is_over_nothing_more_can_be_done(fair, clock):
    event, organizer, customer, _ = fair
    clock.advance(days=9)
    organizer, customer = log_in_again(organizer), log_in_again(customer)
    order = {"event_id": event["id"], "quantity": 1}
    assert_problem(customer.post("/bookings", order), 409, "event_past")
    assert_problem(organizer.post(f"/events/{event['id']}/cancel", {}), 409, "event_past")


def test_an_edit_may_repeat_a_date_in_the_past(fair):
    event, organizer, _, _ = fair
    path = f"/events/{event['id']}"
    changes = {"date": BEGINS, "end_date": ENDS, "title": "Great fair"}
    assert organizer.patch(path, changes).json["title"] == "Great fair"
    assert organizer.patch(path, {"end_date": "2030-01-13T12:00:00Z"}).json["end_date"] == "2030-01-13T12:00:00Z"
    assert_problem(organizer.patch(path, {"date": "2030-01-01T00:00:00Z"}), 422, "validation_failed")
    assert_problem(organizer.patch(path, {"end_date": None}), 422, "validation_failed")


def test_a_customer_may_cancel_until_it_begins_and_a_day_after_it_was_moved(fair, clock):
    event, organizer, customer, booking = fair
    assert booking["cancellable_until"] == BEGINS
    assert_problem(customer.post(f"/bookings/{booking['id']}/cancel"), 409, "cancellation_closed")
    assert organizer.patch(f"/events/{event['id']}", {"venue": "Hall 2"}).status_code == 200
    moved = customer.get(f"/bookings/{booking['id']}")
    assert moved.json["cancellable_until"] == "2030-01-04T12:00:00Z"
    clock.advance(hours=23)
    customer = log_in_again(customer)
    assert customer.post(f"/bookings/{booking['id']}/cancel").json["status"] == "cancelled"


def test_cancel_until_of_the_event_is_when_cancelling_ends(organizer, customer, clock):
    event = make_event(organizer, cancel_until="2030-01-01T13:00:00Z")
    booking, given_up = book(customer, event), hold(customer, event)
    assert booking["cancellable_until"] == "2030-01-01T13:00:00Z"
    assert given_up["cancellable_until"] == given_up["hold_expires_at"]
    clock.advance(minutes=59)
    late_hold = hold(log_in_again(customer), event)
    clock.advance(minutes=1)
    customer = log_in_again(customer)
    assert_problem(customer.post(f"/bookings/{booking['id']}/cancel"), 409, "cancellation_closed")
    assert customer.post(f"/bookings/{late_hold['id']}/cancel").json["cancellable_until"] is None


def test_the_tag_of_a_booking_changes_with_what_it_shows_of_its_event(organizer, customer):
    event = make_event(organizer)
    path = f"/bookings/{book(customer, event)['id']}"
    before = customer.get(path)
    organizer.patch(f"/events/{event['id']}", {"timezone": "Europe/Vienna", "end_date": "2031-06-01T23:00:00Z"})
    after = customer.get(path)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (after.json["event"]["timezone"], after.json["event"]["end_date"]) == (
        "Europe/Vienna",
        "2031-06-01T23:00:00Z",
    )


def test_the_sale_of_an_event_has_a_beginning_and_an_end(organizer, customer, clock):
    window = {"sale_starts": "2030-01-01T13:00:00Z", "sale_ends": "2030-01-01T14:00:00Z"}
    event = make_event(organizer, **window)
    order = {"event_id": event["id"], "quantity": 1}
    early = assert_problem(customer.post("/bookings", order), 409, "not_on_sale")
    assert early["detail"] == "The event is on sale from 2030-01-01T13:00:00Z on."
    assert {name: early[name] for name in window} == window
    assert "ticket_type_id" not in early
    clock.advance(hours=1)
    customer = log_in_again(customer)
    held = hold(customer, event)
    clock.advance(minutes=14)
    customer = log_in_again(customer)
    assert customer.post(f"/bookings/{held['id']}/confirm").status_code == 200
    clock.advance(minutes=46)
    customer = log_in_again(customer)
    late = assert_problem(customer.post("/bookings", order | {"hold": True}), 409, "not_on_sale")
    assert late["detail"] == "The event is on sale until 2030-01-01T14:00:00Z."


def test_a_ticket_type_is_on_sale_when_it_and_its_event_are(organizer, customer, clock):
    types = [{"name": "Late", "price": 1, "total": 5, "sale_starts": "2030-01-01T15:00:00Z"}]
    event = make_event(organizer, total_tickets=5, ticket_types=types, sale_ends="2030-01-01T16:00:00Z")
    order = {"event_id": event["id"], "quantity": 1}
    early = assert_problem(customer.post("/bookings", order), 409, "not_on_sale")
    assert (early["ticket_type_id"], early["sale_ends"]) == (event["ticket_types"][0]["id"], None)
    clock.advance(hours=4)
    late = assert_problem(log_in_again(customer).post("/bookings", order), 409, "not_on_sale")
    assert late["sale_ends"] == "2030-01-01T16:00:00Z"


def test_the_currency_stays_once_a_ticket_was_booked(organizer, customer):
    event = make_event(organizer, currency="EUR")
    path = f"/events/{event['id']}"
    assert organizer.patch(path, {"currency": "CHF"}).json["currency"] == "CHF"
    customer.post(f"/bookings/{book(customer, event)['id']}/cancel")
    problem = assert_problem(organizer.patch(path, {"currency": "EUR"}), 409, "event_has_bookings")
    assert problem["detail"] == "Tickets were booked in CHF, so the currency cannot change."
    assert organizer.patch(path, {"currency": "CHF", "title": "Same"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({"from": "2030-01-05T00:00:00Z", "to": "2030-01-06T00:00:00Z"}, ["Fair"]),
        ({"from": "2030-01-12T11:59:59Z"}, ["Fair", "Talk"]),
        ({"from": ENDS}, ["Fair", "Talk"]),
        ({"from": "2030-01-12T12:00:00.001Z"}, ["Talk"]),
        ({"to": BEGINS}, ["Fair"]),
        ({"to": "2030-01-02T11:59:59Z"}, []),
        ({"from": "2030-02-01T20:00:00Z", "to": "2030-02-01T20:00:00Z"}, ["Talk"]),
        ({"from": "2030-02-01T20:00:01Z"}, []),
    ],
)
def test_from_and_to_select_what_runs_between_them(organizer, client, query, listed):
    make_event(organizer, title="Fair", date=BEGINS, end_date=ENDS)
    make_event(organizer, title="Talk", date="2030-02-01T20:00:00Z")
    found = client.get("/events", query_string=query).json["items"]
    assert [event["title"] for event in found] == listed


def test_a_moved_event_is_listed_by_its_new_dates(organizer, client, clock):
    event = make_event(organizer, date=BEGINS)
    organizer.patch(f"/events/{event['id']}", {"end_date": ENDS})
    clock.advance(days=3)
    assert len(client.get("/events").json["items"]) == 1


def test_a_running_event_counts_as_one_ahead(clock, outgoing):
    app = mongomock_app(clock, outgoing, max_events_per_organizer=1)
    organizer = sign_up(app, "organizer")
    make_event(organizer, date=BEGINS, end_date=ENDS)
    clock.advance(days=2)
    assert_problem(log_in_again(organizer).post("/events", event_fields()), 409, "too_many_events")
    clock.advance(days=9)
    make_event(log_in_again(organizer))


@pytest.fixture
def stored(app):
    """The documents of the events, to write them as an older version does, which knows no spans."""
    return services_of(app)[EventStore].collection


def longer(stored):
    """The older version gives the one event another end, and leaves its span as it is."""
    changes = {"end_date": datetime.fromisoformat(ENDS), "updated_at": datetime.fromisoformat(BEGINS)}
    stored.update_one({}, {"$set": changes, "$inc": {"version": 1}})


def ids(client):
    """The events of the public list."""
    return [event["id"] for event in client.get("/events").json["items"]]


def test_any_edit_mends_what_an_older_version_has_left(organizer, client, clock, stored):
    event = make_event(organizer, date=BEGINS)
    longer(stored)
    assert ids(client) == [event["id"]]  # like any other event to come
    clock.advance(days=3)
    assert ids(client) == []
    assert log_in_again(organizer).patch(f"/events/{event['id']}", {"description": "Long."}).status_code == 200
    assert ids(client) == [event["id"]]


def test_a_draft_of_an_older_version_is_listed_while_it_runs_once_it_is_published(organizer, client, clock, stored):
    event = make_event(organizer, date=BEGINS, end_date=ENDS, status="draft")
    stored.update_one({}, {"$unset": {"span": ""}})
    organizer.post(f"/events/{event['id']}/publish")
    clock.advance(days=3)
    assert ids(client) == [event["id"]]
