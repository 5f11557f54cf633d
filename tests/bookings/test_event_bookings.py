"""The bookings of an event as its organizer finds and reads them."""

import pytest
from bson import ObjectId

from booking_api.bookings import guest_search
from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import book, make_event

GUESTS = {
    "ada": ("Ada Łódź", "ada@example.com"),
    "bob": ("Bob Adams", "bob.b@mail.example.org"),
    "cyd": ("東京 Cyd", "c@example.com"),
}


@pytest.fixture
def booked(as_role, event, clock):
    """Three people have a booking each; these by name."""
    made = {}
    for key, (name, email) in GUESTS.items():
        clock.advance(seconds=1)
        made[key] = book(as_role("customer", name=name, email=email), event)
    return made


@pytest.fixture
def found(organizer, event, booked):
    """Whose bookings a search finds."""

    def search(q, **query):
        answer = organizer.get(f"/events/{event['id']}/bookings", query_string={"q": q} | query)
        assert answer.status_code == 200, answer.json
        names = {booking["id"]: key for key, booking in booked.items()}
        return [names[item["id"]] for item in answer.json["items"]]

    return search


def test_one_booking_is_as_it_is_in_the_list(organizer, event, booked):
    listed = organizer.get(f"/events/{event['id']}/bookings").json["items"]
    for booking in listed:
        path = f"/events/{event['id']}/bookings/{booking['id']}"
        answer = organizer.get(path)
        assert (answer.status_code, answer.json) == (200, booking)
        assert "code" not in answer.text.replace("postcode", "") and "/t/" not in answer.text
        assert organizer.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_booking_is_found_at_its_own_event_alone_and_by_its_organizer_alone(as_role, organizer, event, booked):
    other, elsewhere = as_role("organizer"), make_event(organizer)
    own = booked["ada"]["id"]
    assert_problem(organizer.get(f"/events/{elsewhere['id']}/bookings/{own}"), 404, "booking_not_found")
    assert_problem(organizer.get(f"/events/{event['id']}/bookings/{ObjectId()}"), 404, "booking_not_found")
    assert_problem(organizer.get(f"/events/{ObjectId()}/bookings/{own}"), 404, "event_not_found")
    assert_problem(other.get(f"/events/{event['id']}/bookings/{own}"), 403, "not_your_event")


@pytest.mark.parametrize(
    ("q", "whose"),
    [
        ("ada", ["bob", "ada"]),  # the newest first
        ("ADA L", ["ada"]),
        ("lodz", ["ada"]),
        ("lodz ada", ["ada"]),
        ("ada@example.com", ["ada"]),
        ("bob.b@mail", ["bob"]),
        ("example", ["cyd", "bob", "ada"]),
        ("東京", ["cyd"]),
        ("京", ["cyd"]),
        ("dams", []),
        ("ada bob cyd", []),
        ("none", []),
        ("!?", []),
        ("", ["cyd", "bob", "ada"]),
    ],
)
def test_a_search_finds_names_and_addresses_by_the_beginnings_of_their_words(found, q, whose):
    assert found(q) == whose


def test_a_search_is_sorted_and_filtered_like_the_list(app, found, booked):
    assert found("example", sort="created_at") == ["ada", "bob", "cyd"]
    stored = services_of(app)[BookingStore].collection
    stored.update_one({"_id": ObjectId(booked["bob"]["id"])}, {"$set": {"status": "cancelled"}})
    assert found("example", status="cancelled") == ["bob"]


def test_a_search_finds_who_comes(app, found, booked):
    stored = services_of(app)[BookingStore].collection
    names = {"tickets.0.attendee_name": "Zoë", "tickets.0.attendee_email": "z@friends.example.net"}
    stored.update_one({"_id": ObjectId(booked["bob"]["id"])}, {"$set": names})
    assert found("zoe") == found("friends z") == ["bob"]


def test_an_account_that_is_gone_has_no_words(app, found, booked):
    services_of(app)[BookingStore].collection.update_many({}, {"$set": {"customer_id": ObjectId()}})
    assert found("none") == found("a") == []


@pytest.mark.parametrize("most_read", [3, 4, 100])
@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_of_a_search_are_complete_however_far_each_looks(
    as_role, organizer, event, monkeypatch, most_read, at_once, limit
):
    monkeypatch.setattr(guest_search, "MOST_READ", most_read)
    monkeypatch.setattr(guest_search, "AT_ONCE", at_once)
    ann, ben = as_role("customer", name="Ann"), as_role("customer", name="Ben")
    wanted = [book(ann if number % 4 == 1 else ben, event)["id"] for number in range(9)][1::4]
    seen, cursor = [], None
    for _ in range(20):
        query = {"q": "ann", "limit": limit, "sort": "created_at"} | ({"cursor": cursor} if cursor else {})
        page = organizer.get(f"/events/{event['id']}/bookings", query_string=query).json
        assert len(page["items"]) <= limit
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(wanted) and cursor is None


def test_a_search_is_bounded_and_takes_no_control_characters(organizer, event):
    for q in ("a" * 201, "a\0b"):
        answer = organizer.get(f"/events/{event['id']}/bookings", query_string={"q": q})
        assert "q" in assert_problem(answer, 422, "validation_failed")["errors"]
