"""The feed of events: what calendar programs subscribe to."""

import pytest

from booking_api.events import calendar
from booking_api.events.query_schemas import FeedQuery
from booking_api.events.schemas import EventQuery
from booking_api.http.response_cache import ResponseCache
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import book, make_event
from ..calendars import checked


@pytest.fixture
def feed(client):
    """Reads the feed with these filters."""

    def read(**query):
        response = client.get("/events.ics", query_string=query)
        assert response.status_code == 200, response.data
        assert response.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
        return checked(response.data)

    return read


def titles(feed, **query):
    return [str(entry["SUMMARY"]) for entry in feed(**query)[1]]


def test_the_feed_has_published_events_soonest_first_as_their_downloads_have_them(client, organizer, feed):
    later = make_event(organizer, title="Later", date="2031-06-02T20:00:00Z")
    sooner = make_event(organizer, title="Sooner", date="2031-06-01T20:00:00Z")
    make_event(organizer, title="Draft", status="draft")
    read, entries = feed()
    assert [entry["SUMMARY"] for entry in entries] == ["Sooner", "Later"]
    for entry, event in zip(entries, (sooner, later), strict=True):
        _, (own,) = checked(client.get(f"/events/{event['id']}/calendar.ics").data)
        assert entry == own
    assert read["NAME"] == read["X-WR-CALNAME"] == "Events"
    assert (read["REFRESH-INTERVAL"].to_ical(), str(read["X-PUBLISHED-TTL"])) == (b"PT1H", "PT1H")


def test_an_event_that_is_cancelled_or_over_leaves_the_feed(organizer, feed, clock):
    cancelled = make_event(organizer, title="Cancelled")
    make_event(organizer, title="Over", date="2030-01-02T20:00:00Z")
    make_event(organizer, title="On")
    organizer.post(f"/events/{cancelled['id']}/cancel")
    assert titles(feed) == ["Over", "On"]
    clock.advance(days=3)
    assert titles(feed) == ["On"]
    assert titles(feed, past="true") == ["Over", "On"]


def test_the_feed_has_the_filters_of_the_list(organizer, as_role, feed):
    other = as_role("organizer", name="Otto")
    make_event(organizer, title="Jazz night", date="2031-01-01T20:00:00Z")
    make_event(other, title="Poetry night", date="2031-02-01T20:00:00Z", total_tickets=1)
    assert titles(feed, q="jazz") == ["Jazz night"]
    assert titles(feed, **{"from": "2031-01-15T00:00:00Z"}) == ["Poetry night"]
    assert titles(feed, to="2031-01-15T00:00:00Z") == ["Jazz night"]
    book(as_role("customer"), {"id": feed(q="poetry")[1][0]["UID"].partition("@")[0]})
    assert titles(feed, available="true") == ["Jazz night"]
    read, entries = feed(organizer_id=other.user["id"])
    assert [entry["SUMMARY"] for entry in entries] == ["Poetry night"]
    assert read["NAME"] == "Events by Otto"
    assert FeedQuery().fields.keys() == EventQuery().fields.keys() - {"limit", "cursor", "sort", "count"}


@pytest.mark.parametrize("name", ["limit", "cursor", "sort", "count", "offset"])
def test_what_is_about_pages_and_their_order_is_refused(client, name):
    problem = assert_problem(client.get("/events.ics", query_string={name: "1"}), 422, "validation_failed")
    assert problem["errors"] == {name: ["Unknown field."]}


def test_an_unacceptable_filter_is_refused_as_by_the_list(client):
    for path in ("/events", "/events.ics"):
        problem = assert_problem(client.get(path, query_string={"from": "2031-01-01"}), 422, "validation_failed")
        assert problem["errors"].keys() == {"from"}


def test_the_feed_goes_beyond_a_page_of_the_list_and_is_bounded(organizer, feed, monkeypatch):
    for number in range(25):
        make_event(organizer, title=f"Event {number:02}", date=f"2031-06-01T20:{number:02}:00Z")
    assert titles(feed) == [f"Event {number:02}" for number in range(25)]
    monkeypatch.setattr(calendar, "MOST_IN_FEED", 22)
    assert titles(feed) == [f"Event {number:02}" for number in range(22)]


def test_a_feed_without_events_is_a_calendar(feed):
    assert titles(feed) == []


def test_a_feed_may_be_kept_a_minute_and_is_not_sent_again_unchanged(client, organizer):
    event = make_event(organizer)
    first = client.get("/events.ics")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Content-Disposition"] == 'attachment; filename="events.ics"'
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')  # the compressed body has the same
    again = client.get("/events.ics", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night"})
    changed = client.get("/events.ics", headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed.headers["ETag"] != tag


def test_a_feed_is_made_once_a_second_and_compressed_for_those_who_ask(app, client, organizer, monkeypatch):
    make_event(organizer, description="All night. " * 200)
    services_of(app).add(ResponseCache(lambda: 1), ResponseCache)
    made, render = [], calendar.Calendar.render
    monkeypatch.setattr(calendar.Calendar, "render", lambda self: made.append(1) or render(self))
    plain = client.get("/events.ics")
    packed = client.get("/events.ics", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(plain.data)
    for header in ("Content-Type", "Content-Disposition", "Cache-Control", "ETag"):
        assert packed.headers[header] == plain.headers[header]
    assert len(made) == 1
