"""Who is told of what, and how often."""

import pytest

from ..apps import run_jobs
from ..builders import book, make_event

CONFIRMATION = "Booking confirmation email sent to ada@example.com"
NOTICE = "Event update notification sent to ada@example.com"


@pytest.fixture
def event(organizer):
    """A published event with ten tickets."""
    return make_event(organizer, venue="Cellar", timezone="Europe/Vienna")


@pytest.fixture
def told(app, outgoing):
    """Runs the jobs; the console lines of the messages since the last time."""

    def run():
        run_jobs(app)
        lines = outgoing.lines
        outgoing.messages.clear()
        return lines

    return run


@pytest.fixture
def change(organizer, event):
    """Changes the event."""

    def patch(notify=None, **fields):
        query = {} if notify is None else {"notify": notify}
        assert organizer.patch(f"/events/{event['id']}", fields, query_string=query).status_code == 200

    return patch


def test_a_booking_is_confirmed_once(ada, event, told, clock):
    booking = book(ada, event)
    clock.advance(seconds=3)
    assert told() == [CONFIRMATION]
    sent = ada.get(f"/bookings/{booking['id']}").json["confirmation"]
    assert sent == {"status": "sent", "sent_at": "2030-01-01T12:00:03Z"}
    assert told() == []


def test_a_confirmation_says_what_was_booked(app, ada, event, outgoing):
    booking = book(ada, event, 2)
    run_jobs(app)
    (message,) = outgoing.messages
    assert message.to == "ada@example.com"
    assert message.subject == "Your tickets for Jazz night"
    for words in ("Hello Ada", "2 × Ticket", "Jazz night", "1 June 2031, 22:00 CEST (Europe/Vienna)", "Cellar"):
        assert words in message.text
    assert booking["id"] in message.text


def test_every_booking_has_a_confirmation_of_its_own(app, ada, event, outgoing):
    for _ in range(2):
        book(ada, event)
    run_jobs(app)
    assert outgoing.lines == [CONFIRMATION, CONFIRMATION]
    assert len({message.message_id for message in outgoing.messages}) == 2


def test_a_booking_cancelled_before_its_confirmation_is_not_confirmed(ada, event, told):
    ada.post(f"/bookings/{book(ada, event)['id']}/cancel")
    assert told() == ["Booking cancellation email sent to ada@example.com"]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Blues night"},
        {"date": "2031-06-02T20:00:00Z"},
        {"end_date": "2031-06-01T23:00:00Z"},
        {"venue": "Attic"},
        {"venue": None},
        {"title": "Blues night", "venue": "Attic", "description": "New."},
    ],
)
def test_a_change_is_told_once_to_each_booker_however_many_bookings(as_role, ada, event, change, told, fields):
    book(ada, event)
    book(ada, event, 2)
    book(as_role("customer", email="bob@example.com"), event)
    told()
    change(**fields)
    assert sorted(told()) == [NOTICE, NOTICE.replace("ada", "bob")]
    assert told() == []


def test_a_notice_has_the_event_as_it_is_now(app, ada, event, change, outgoing):
    book(ada, event)
    change(title="Blues night", venue="Attic")
    run_jobs(app)
    assert [message.subject for message in outgoing.messages] == [
        "Your tickets for Blues night",
        "Changed: Blues night",
    ]
    assert "Blues night" in outgoing.messages[1].text and "Attic" in outgoing.messages[1].text


def test_edits_made_together_are_one_notice(ada, event, change, told):
    book(ada, event)
    told()
    for title in ("One", "Two", "Three"):
        change(title=title)
    assert told() == [NOTICE]


def test_edits_made_apart_are_a_notice_each(ada, event, change, told):
    book(ada, event)
    told()
    for title in ("One", "Two"):
        change(title=title)
        assert told() == [NOTICE]


def test_an_edit_undone_in_time_is_not_told(ada, event, change, told):
    book(ada, event)
    told()
    change(title="Blues night")
    change(title=event["title"])
    assert told() == []


def test_an_edit_undone_after_its_notice_is_told_again(ada, event, change, told):
    book(ada, event)
    change(title="Blues night")
    told()
    change(title=event["title"])
    assert told() == [NOTICE]


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "All night long."},
        {"total_tickets": 20},
        {"max_per_booking": 5},
        {"title": "Jazz night"},
        {"date": "2031-06-01T22:00:00+02:00", "venue": "Cellar"},
    ],
)
def test_what_does_not_matter_to_guests_is_not_told(ada, event, change, told, fields):
    book(ada, event)
    told()
    change(**fields)
    assert told() == []


def test_an_edit_without_notice_is_not_told_then_or_later(ada, event, change, told):
    book(ada, event)
    told()
    change(notify="false", title="Blues night")
    assert told() == []
    change(description="More.")
    change(title="Blues night")
    assert told() == []
    change(notify="true", venue="Attic")
    assert told() == [NOTICE]


def test_a_change_is_told_only_to_who_still_has_a_booking(as_role, ada, event, change, told):
    bob = as_role("customer", email="bob@example.com")
    booking = book(bob, event)
    book(ada, event)
    told()
    bob.post(f"/bookings/{booking['id']}/cancel")
    told()
    change(title="Blues night")
    assert told() == [NOTICE]


def test_a_change_of_an_event_without_bookings_is_told_to_nobody(event, change, told):
    change(title="Blues night")
    assert told() == []


def test_a_cancelled_event_is_told_once_to_each_who_had_a_booking(app, organizer, as_role, ada, event, outgoing):
    bob = as_role("customer", email="bob@example.com")
    for _ in range(2):
        book(ada, event)
    bob.post(f"/bookings/{book(bob, event)['id']}/cancel")
    run_jobs(app)
    outgoing.messages.clear()
    for _ in range(2):
        organizer.post(f"/events/{event['id']}/cancel", {"reason": "The singer is ill."})
        run_jobs(app)
    (message,) = outgoing.messages
    assert (message.line, message.subject) == (NOTICE, "Cancelled: Jazz night")
    assert "The singer is ill." in message.text


def test_a_change_not_yet_told_is_left_out_once_the_event_is_cancelled(organizer, ada, event, change, told):
    book(ada, event)
    told()
    change(title="Blues night")
    organizer.post(f"/events/{event['id']}/cancel")
    assert told() == [NOTICE]
