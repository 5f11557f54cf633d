"""What a shop shows of an event: its category, tags, picture and prices, and the filters by them."""

import pytest

from booking_api.events.migrations import renew
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import event_fields, make_event

SHOWN = {
    "category": "opera",
    "tags": ["gala", "open-air", "2031"],
    "image_url": "https://images.example.com/gala.jpg?w=800#top",
}
NOTHING = {"category": None, "tags": [], "image_url": None, "min_price": 0, "max_price": 0}


def types(*prices):
    """Ticket types at these prices."""
    return [{"name": f"Type {number}", "price": price, "total": 5} for number, price in enumerate(prices)]


def priced(organizer, *prices, **fields):
    """An event with a ticket type at each of these prices."""
    body = event_fields(**fields) | {"ticket_types": types(*prices)}
    del body["total_tickets"]
    response = organizer.post("/events", body)
    assert response.status_code == 201, response.json
    return response.json


def shop(event):
    """What a shop shows of an event."""
    return {name: event[name] for name in NOTHING}


def titles(api, **query):
    response = api.get("/events", query_string=query)
    assert response.status_code == 200, response.json
    return "".join(event["title"] for event in response.json["items"])


def test_an_event_has_category_tags_and_picture_as_they_were_sent(organizer, client):
    event = make_event(organizer, **SHOWN)
    assert shop(event) == NOTHING | SHOWN
    assert client.get(f"/events/{event['id']}").json == event
    assert client.get("/events").json["items"] == [event]
    assert organizer.get("/users/me/events").json["items"] == [event | {"my_role": "owner"}]


def test_they_can_be_left_out_changed_and_taken_away(organizer):
    event = make_event(organizer)
    assert shop(event) == NOTHING
    changed = organizer.patch(f"/events/{event['id']}", SHOWN)
    assert (changed.status_code, shop(changed.json)) == (200, NOTHING | SHOWN)
    changed = organizer.patch(f"/events/{event['id']}", {"title": "Still an opera"})
    assert shop(changed.json) == NOTHING | SHOWN
    changed = organizer.patch(f"/events/{event['id']}", {"category": None, "tags": [], "image_url": None})
    assert shop(changed.json) == NOTHING


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("category", "Open air", "category"),
        ("category", "", "category"),
        ("category", "x" * 51, "category"),
        ("category", ["opera"], "category"),
        ("category", {"$ne": None}, "category"),
        ("tags", None, "tags"),
        ("tags", "gala", "tags"),
        ("tags", ["gala", "opera", "gala"], "tags"),
        ("tags", [f"tag-{number}" for number in range(11)], "tags"),
        ("tags", ["gala", "Opera"], "tags.1"),
        ("tags", ["x" * 51], "tags.0"),
        ("tags", [None], "tags.0"),
        ("tags", [["gala"]], "tags.0"),
        ("image_url", "http://images.example.com/gala.jpg", "image_url"),
        ("image_url", "https://ada:secret@images.example.com/", "image_url"),
        ("image_url", "https://images.example.com/" + "x" * 2000, "image_url"),
        ("image_url", "", "image_url"),
        ("min_price", 100, "min_price"),
        ("max_price", 0, "max_price"),
    ],
)
def test_what_is_unacceptable_is_named_on_making_and_changing(organizer, event, field, value, named):
    for response in (
        organizer.post("/events", event_fields(**{field: value})),
        organizer.patch(f"/events/{event['id']}", {field: value}),
    ):
        assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {named}


def test_the_bounds_themselves_are_acceptable(organizer):
    tags = [f"{number}-{'x' * 48}" for number in range(10)]
    fields = {"category": "x" * 50, "tags": tags, "image_url": "https://a.example/" + "x" * 1982}
    assert shop(make_event(organizer, **fields)) == NOTHING | fields


def test_prices_are_those_of_the_ticket_types_after_every_edit(organizer):
    event = priced(organizer, 4500, 9500, 7000)

    def edit(**changes):
        response = organizer.patch(f"/events/{event['id']}", changes)
        assert response.status_code == 200, response.json
        seen = (response.json["min_price"], response.json["max_price"])
        assert titles(organizer, price_max=seen[0]) == response.json["title"]
        assert not seen[0] or titles(organizer, price_max=seen[0] - 1) == ""
        return seen

    ids = [entry["id"] for entry in event["ticket_types"]]
    assert (event["min_price"], event["max_price"]) == (4500, 9500)
    assert edit(title="Gala") == (4500, 9500)
    assert edit(ticket_types=[{"id": ids[0], "price": 8000}, {"id": ids[1]}, {"id": ids[2]}]) == (7000, 9500)
    assert edit(ticket_types=[{"id": ids[1]}]) == (9500, 9500)
    assert edit(ticket_types=[{"id": ids[1]}, {"name": "Free", "price": 0, "total": 3}]) == (0, 9500)
    assert edit(ticket_types=[], total_tickets=10) == (0, 0)


@pytest.fixture
def shelf(organizer):
    """Events of two categories."""
    priced(organizer, 4500, 9500, title="a", category="opera", tags=["gala", "verdi"], date="2031-01-01T00:00:00Z")
    priced(organizer, 2500, title="b", category="jazz", tags=["gala"], date="2031-01-02T00:00:00Z")
    make_event(organizer, title="c", category="jazz", tags=["open-air", "verdi"], date="2031-01-03T00:00:00Z")
    make_event(organizer, title="d", date="2031-01-04T00:00:00Z")
    make_event(organizer, title="e", **SHOWN, status="draft")
    return organizer


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"category": "jazz"}, "bc"),
        ({"category": "opera"}, "a"),
        ({"category": "film"}, ""),
        ({"tag": "verdi"}, "ac"),
        ({"tag": "gala"}, "ab"),
        ({"tag": "jazz"}, ""),
        ({"price_max": 0}, "cd"),
        ({"price_max": 2499}, "cd"),
        ({"price_max": 2500}, "bcd"),
        ({"price_max": 4500}, "abcd"),
        ({"category": "jazz", "tag": "gala"}, "b"),
        ({"category": "jazz", "price_max": 100}, "c"),
        ({"tag": "verdi", "price_max": 100, "from": "2031-01-02T00:00:00Z"}, "c"),
        ({"tag": "gala", "q": "b"}, "b"),
        ({"category": "jazz", "tag": "gala", "q": "b", "available": "true", "price_max": 9999}, "b"),
    ],
)
def test_filters_hold_together_under_every_sort_and_in_the_total(shelf, query, expected):
    for sort in ("date", "created_at", "title"):
        assert titles(shelf, **query, sort=sort) == expected
    assert titles(shelf, **query, sort="-date") == expected[::-1]
    assert titles(shelf, **query, organizer_id="0" * 24) == ""
    counted = shelf.get("/events", query_string=query | {"organizer_id": shelf.user["id"], "count": "true"}).json
    assert counted["total"] == len(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("category", ""),
        ("category", "Jazz"),
        ("category[$ne]", "jazz"),
        ("tag", "a b"),
        ("tag", "x" * 51),
        ("tags", "gala"),
        ("price_max", ""),
        ("price_max", "-1"),
        ("price_max", "1.5"),
        ("price_max", "1000000001"),
        ("min_price", "0"),
    ],
)
def test_an_unacceptable_filter_is_named(client, name, value):
    problem = assert_problem(client.get("/events", query_string={name: value}), 422, "validation_failed")
    assert problem["errors"].keys() == {name}


def test_events_of_the_version_before_have_nothing_but_their_prices(app, organizer, client):
    event = priced(organizer, 2500, 4500)
    newer = ("category", "tags", "image_url", "min_price")
    services_of(app)[EventStore].collection.update_one({}, {"$unset": dict.fromkeys(newer, "")})
    shown = NOTHING | {"min_price": 2500, "max_price": 4500}
    assert shop(client.get(f"/events/{event['id']}").json) == shown
    assert [shop(each) for each in client.get("/events").json["items"]] == [shown]
    changed = organizer.patch(f"/events/{event['id']}", {"tags": ["new"]})
    assert shop(changed.json) == shown | {"tags": ["new"]}
    assert titles(client, price_max=2500) == event["title"]  # whatever is edited, the price is stored too


def test_events_of_the_version_before_are_found_by_their_price_once_migrated(real_app, as_real_role):
    organizer = as_real_role("organizer")
    priced(organizer, 2500, 4500, title="a")
    make_event(organizer, title="b")
    events = services_of(real_app)[EventStore]
    events.collection.update_many({}, {"$unset": {"min_price": ""}})
    assert titles(organizer, price_max=2500) == ""
    assert (renew(events, "min_price"), renew(events, "min_price")) == (2, 0)
    assert sorted(titles(organizer, price_max=2500)) == ["a", "b"]
    assert titles(organizer, price_max=2499) == "b"
