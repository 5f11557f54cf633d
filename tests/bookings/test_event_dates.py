"""A customer's bookings by when their events take place."""

import pytest

from ..asserting import assert_problem
from ..builders import book, log_in_again, make_event

DATES = {"b": "2030-03-01T00:00:00Z", "c": "2030-04-01T00:00:00Z", "a": "2030-02-01T00:00:00Z"}


@pytest.fixture
def bookings(organizer, customer, clock):
    """Two bookings of each of three events, b, c and a, each later than the one before."""
    made = []
    for title, date in DATES.items():
        event = make_event(organizer, title=title, date=date)
        for _ in range(2):
            made.append(book(customer, event))
            clock.advance(seconds=1)
    return made


def pages(api, **query):
    """The ids of the whole list, read in pages of two."""
    found, cursor = [], None
    while True:
        page = api.get("/bookings", query_string=query | {"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def titles(found):
    return "".join(booking["event"]["title"] for booking in found)


def test_bookings_are_sorted_by_when_they_were_made(customer, bookings):
    newest_first = [booking["id"] for booking in reversed(bookings)]
    assert [booking["id"] for booking in pages(customer)] == newest_first
    assert [booking["id"] for booking in pages(customer, sort="-created_at")] == newest_first
    assert [booking["id"] for booking in pages(customer, sort="created_at")] == newest_first[::-1]


def test_bookings_are_sorted_by_the_present_dates_of_their_events(organizer, customer, bookings):
    found = pages(customer, sort="event_date")
    assert titles(found) == "aabbcc"
    assert sorted(booking["id"] for booking in found) == sorted(booking["id"] for booking in bookings)
    organizer.patch(f"/events/{bookings[0]['event_id']}", {"date": "2030-05-01T00:00:00Z"})
    assert titles(pages(customer, sort="event_date")) == "aaccbb"


def test_upcoming_bookings_are_those_whose_events_are_not_over(organizer, customer, bookings, clock):
    organizer.patch(f"/events/{bookings[4]['event_id']}", {"end_date": "2030-03-02T00:00:00Z"})  # a runs for a month
    clock.advance(days=58, hours=23)  # 2030-03-01
    customer = log_in_again(customer)
    assert titles(pages(customer, upcoming="true")) == "aacc"
    assert titles(pages(customer, upcoming="false")) == "bb"
    assert titles(pages(customer, upcoming="true", sort="created_at")) == "ccaa"
    assert titles(pages(customer, upcoming="true", sort="event_date")) == "aacc"
    assert titles(pages(customer, upcoming="true", sort="event_date", event_id=bookings[4]["event_id"])) == "aa"
    assert pages(customer, upcoming="false", status="cancelled") == []


def test_a_cursor_of_another_sort_and_another_value_are_refused(customer, bookings):
    cursor = customer.get("/bookings?limit=1").json["next_cursor"]
    for query in ({"sort": "event_date", "cursor": cursor}, {"sort": "title"}, {"upcoming": "yes"}):
        assert_problem(customer.get("/bookings", query_string=query), 422, "validation_failed")


def test_an_organizer_reads_bookings_in_both_orders(organizer, customer, bookings):
    path = f"/events/{bookings[0]['event_id']}/bookings"
    ids = [booking["id"] for booking in bookings[:2]]
    assert [booking["id"] for booking in organizer.get(f"{path}?sort=created_at").json["items"]] == ids
    assert [booking["id"] for booking in organizer.get(path).json["items"]] == ids[::-1]
    assert_problem(organizer.get(f"{path}?sort=event_date"), 422, "validation_failed")
