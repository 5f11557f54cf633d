"""Lists are complete and free of repeats, page by page, while rows are added."""

import base64
from datetime import UTC, datetime

import bson
import pytest
from bson import ObjectId

from booking_api.http import pagination
from booking_api.storage import sort as sorting

from ..asserting import assert_problem
from ..builders import book, make_event

SORTS = ["date", "-date", "created_at", "-created_at", "title"]


def walk(api, path, between=lambda page: None, **query):
    """Every row of a list, page by page; `between` is called after each page."""
    rows, page, cursor = [], 0, {}
    while True:
        response = api.get(path, query_string=query | cursor)
        assert response.status_code == 200, response.json
        assert response.json.keys() == {"items", "next_cursor"}
        rows += response.json["items"]
        if response.json["next_cursor"] is None:
            return [row["id"] for row in rows]
        assert len(response.json["items"]) == query["limit"]
        cursor = {"cursor": response.json["next_cursor"]}
        between(page)
        page += 1


def make_events(organizer, clock, count=9):
    """Events in a mixed order, some alike in date, in title and in time of making."""
    made = []
    for number in range(count):
        title, day = "bAca"[number % 4], number * 7 % 5 + 1
        made.append(make_event(organizer, title=title, date=f"2031-01-0{day}T00:00:00Z")["id"])
        clock.advance(minutes=number % 2)
    return made


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10])
def test_pages_together_are_the_whole_list_in_its_order(client, organizer, clock, sort, limit):
    made = make_events(organizer, clock)
    whole = [event["id"] for event in client.get("/events", query_string={"sort": sort, "limit": 100}).json["items"]]
    assert sorted(whole) == sorted(made)
    assert walk(client, "/events", sort=sort, limit=limit) == whole


@pytest.mark.parametrize("sort", SORTS)
def test_a_list_stays_complete_and_free_of_repeats_while_rows_are_added(client, organizer, clock, sort):
    made = make_events(organizer, clock)

    def add(page):
        if page < 3:
            make_event(organizer, title="0", date="2030-06-01T00:00:00Z")
            make_event(organizer, title="bb", date="2031-01-03T00:00:00Z")
            make_event(organizer, title="z", date="2032-01-01T00:00:00Z")

    seen = walk(client, "/events", add, sort=sort, limit=2)
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


def test_filters_hold_on_every_page(client, organizer, as_role, clock):
    made = make_events(organizer, clock)
    make_events(as_role("organizer"), clock)
    assert set(walk(client, "/events", limit=2, organizer_id=organizer.user["id"])) == set(made)


def test_ones_own_events_are_paged(organizer, clock):
    made = make_events(organizer, clock)
    assert sorted(walk(organizer, "/users/me/events", limit=2)) == sorted(made)


def test_bookings_are_paged_for_their_customer_and_the_organizer(organizer, as_role, clock):
    customer, event = as_role("customer"), make_event(organizer)
    made = []
    for number in range(5):
        made.append(book(customer, event)["id"])
        clock.advance(seconds=number % 2)
    later = []
    seen = walk(customer, "/bookings", lambda page: later.append(book(customer, event)["id"]), limit=2)
    assert seen == made[::-1]
    assert walk(organizer, f"/events/{event['id']}/bookings", limit=2) == [*later[::-1], *made[::-1]]


def test_a_page_has_twenty_rows_unless_asked_otherwise(client, organizer):
    for _ in range(21):
        make_event(organizer)
    assert len(client.get("/events").json["items"]) == 20
    assert len(client.get("/events", query_string={"limit": 100}).json["items"]) == 21


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "1.5", "", "١", "9" * 30])
@pytest.mark.parametrize("path", ["/events", "/users/me/events"])
def test_a_limit_is_a_number_from_1_to_100(organizer, path, limit):
    problem = assert_problem(organizer.get(path, query_string={"limit": limit}), 422, "validation_failed")
    assert problem["errors"].keys() == {"limit"}


def forged(**content):
    """A cursor made by somebody who knows how they are made."""
    return base64.urlsafe_b64encode(bson.encode(content)).decode()


SOME_ID = ObjectId("0123456789abcdef01234567")
SOME_TIME = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        "ключ",
        "====",
        "AAAA",
        "\x00",
        "x" * 2001,
        base64.urlsafe_b64encode(b"\xff" * 40).decode(),
        forged(),
        forged(f="date"),
        forged(f="date", v={"$gt": ""}, i=SOME_ID),
        forged(f="date", v=SOME_TIME, i={"$ne": None}),
        forged(f="date", v=None, i=SOME_ID),
        forged(f="$where", v="1", i=SOME_ID),
        forged(f="title_key", v="a", i=SOME_ID),
        forged(f={"$gt": ""}, v=SOME_TIME, i=SOME_ID),
    ],
)
def test_a_cursor_that_this_list_never_handed_out_is_refused(client, cursor):
    response = client.get("/events", query_string={"cursor": cursor})
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"cursor"}


@pytest.mark.parametrize(("sort", "other"), [(sort, other) for sort in SORTS for other in SORTS if sort != other])
def test_a_cursor_of_another_sort_is_refused(client, organizer, sort, other):
    for _ in range(2):
        make_event(organizer)
    cursor = client.get("/events", query_string={"sort": sort, "limit": 1}).json["next_cursor"]
    assert client.get("/events", query_string={"sort": sort, "cursor": cursor}).status_code == 200
    response = client.get("/events", query_string={"sort": other, "cursor": cursor})
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"cursor"}


def test_every_page_has_the_total_if_it_is_asked_for(client, organizer, clock):
    make_events(organizer, clock, 5)
    make_event(organizer, title="Draft", status="draft")
    query = {"limit": 2, "count": "true"}
    first = client.get("/events", query_string=query).json
    second = client.get("/events", query_string=query | {"cursor": first["next_cursor"]}).json
    assert (first["total"], second["total"]) == (5, 5)
    for count in ({}, {"count": "false"}):
        assert "total" not in client.get("/events", query_string={"limit": 2} | count).json


def test_the_total_is_that_of_the_filters(client, organizer, clock):
    make_events(organizer, clock, 4)
    for query, total in (({"q": "b"}, 1), ({"from": "2031-01-03T00:00:00Z"}, 2), ({"q": "zzz"}, 0)):
        assert client.get("/events", query_string=query | {"count": "true"}).json["total"] == total


def test_a_total_over_the_most_that_are_counted_is_null(client, organizer, monkeypatch):
    monkeypatch.setattr(pagination, "MOST_COUNTED", 3)
    monkeypatch.setattr(sorting, "MOST_COUNTED", 3)
    for total in (1, 2, 3, None, None):
        make_event(organizer)
        assert client.get("/events", query_string={"limit": 1, "count": "true"}).json["total"] == total


@pytest.mark.parametrize("value", ["1", "", "yes", "True"])
def test_rows_are_counted_for_true_alone(client, value):
    problem = assert_problem(client.get("/events", query_string={"count": value}), 422, "validation_failed")
    assert problem["errors"].keys() == {"count"}


def test_a_cursor_of_the_version_before_leads_somewhere(client, organizer):
    make_event(organizer)
    for value in ("jazz night", "\U0001f3b7", ""):
        old = forged(f="title_key", d=False, v=value, i=SOME_ID)
        assert client.get("/events", query_string={"sort": "title", "cursor": old}).status_code == 200
