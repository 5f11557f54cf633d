"""What lists of bookings cost on the real server, and their order where many events share a date."""

import pytest

from booking_api import create_app

from ..api import Api
from ..apps import SETTINGS
from ..builders import FUTURE, book, make_event, sign_up


@pytest.fixture
def app(watched, outgoing):
    """An app whose commands are counted."""
    return create_app(SETTINGS, database=watched, sender=outgoing)


@pytest.fixture
def customer(app):
    """Somebody with seven bookings: of three events of one date, and of an earlier one."""
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    events = [make_event(organizer) for _ in range(3)]
    events.append(make_event(organizer, title="First", date="2031-05-01T20:00:00Z"))
    for event in [*events, *events[:3]]:
        book(customer, event)
    return customer


def commands(sent, api, query):
    """The commands about bookings and events that reading a list sends."""
    sent.seen.clear()
    assert api.get("/bookings", query_string=query).status_code == 200
    return sent.commands_on("bookings"), sent.commands_on("events")


@pytest.mark.parametrize("query", [{}, {"sort": "-created_at"}, {"sort": "created_at"}, {"status": "confirmed"}])
def test_a_list_by_time_of_booking_is_one_query_of_bookings_and_one_of_events(sent, customer, query):
    assert commands(sent, customer, query) == (["find"], ["find"])


@pytest.mark.parametrize("query", [{"upcoming": "true"}, {"sort": "event_date"}])
def test_a_list_by_dates_of_events_is_two_queries_of_each(sent, customer, query):
    assert commands(sent, customer, query) == (["find"] * 2, ["find"] * 2)


def test_bookings_of_events_of_one_date_are_sorted_by_id_over_all_pages(customer):
    found, cursor = [], None
    while not found or cursor:
        query = {"sort": "event_date", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = customer.get("/bookings", query_string=query).json
        found, cursor = [*found, *page["items"]], page["next_cursor"]
    assert [booking["event"]["title"] for booking in found[:1]] == ["First"]
    assert {booking["event"]["date"] for booking in found[1:]} == {FUTURE}
    ids = [booking["id"] for booking in found[1:]]
    assert len(ids) == 6 and ids == sorted(set(ids))


@pytest.mark.parametrize(
    "change",
    [{"title": "New"}, {"end_date": "2031-06-02T20:00:00Z"}, {"timezone": "Europe/Vienna"}, {"venue": "Attic"}],
)
def test_the_tag_of_a_booking_changes_with_what_it_shows_of_its_event(app, change):
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    event = make_event(organizer)
    path = f"/bookings/{book(customer, event)['id']}"
    tag = customer.get(path).headers["ETag"]
    assert customer.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert organizer.patch(f"/events/{event['id']}", change).status_code == 200
    answer = Api(app.test_client(), customer.token).get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.json["event"].items() >= change.items()
