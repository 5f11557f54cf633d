"""What messages say: every template in text and HTML, and what people wrote."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from booking_api.notifications.messages import LONGEST_SUBJECT, Composer
from booking_api.notifications.ticket_messages import TicketComposer

MARKUP = "<script>alert('&')</script>"
GONE = ObjectId()
JOB = {
    "message_id": "<1@booking-api>",
    "created_at": datetime(2030, 1, 1, 12, tzinfo=UTC),
    "payload": {"ticket_ids": [GONE]},
}
PERSON = {"name": "Ada", "email": "ada@example.com"}
EVENT = {
    "_id": ObjectId(),
    "title": "Jazz night",
    "description": "All night.",
    "date": datetime(2031, 6, 1, 20, tzinfo=UTC),
    "end_date": None,
    "venue": "Cellar",
    "timezone": "Europe/Vienna",
    "status": "published",
    "version": 1,
    "updated_at": datetime(2030, 1, 1, tzinfo=UTC),
}
BOOKING = {
    "_id": ObjectId(),
    "event": EVENT,
    "items": [{"name": "Seat", "quantity": 2, "price": 2500}],
    "amount": 5000,
    "currency": "EUR",
    "status": "confirmed",
    "cancel_reason": "You have booked twice.",
    "tickets": [
        {"_id": GONE, "ticket_type": "Stand", "code": "CODE-0", "cancelled_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"_id": ObjectId(), "ticket_type": "Seat", "code": "CODE-1"},
        {"_id": ObjectId(), "ticket_type": "Seat", "code": "CODE-2"},
    ],
}
VIEW = {name: EVENT[name] for name in ("title", "date", "end_date", "venue", "timezone")}
compose = Composer()


def written(kind, person=PERSON, event=EVENT, booking=BOOKING, **notice):
    """A message of this kind."""
    booking = BOOKING | booking | {"event": event}
    if kind in ("confirmation", "booking_cancelled", "cancelled_by_staff", "tickets_cancelled"):
        return getattr(compose, kind)(JOB, person, booking)
    if kind in ("ticket_received", "ticket_lost"):
        of, holder = TicketComposer(), {"name": "Zoe", "email": "zoe@example.com"}
        about = (JOB, person, booking, BOOKING["tickets"][1], holder)
        return of.lost(*about) if kind == "ticket_lost" else of.received(*about, "https://api.example.com/t/CODE-1")
    if kind == "password_reset":
        return compose.password_reset(JOB, person, "the-token", notice.get("link"))
    if kind == "email_verification":
        return compose.email_verification(JOB, person, "the-token", notice.get("link"))
    if kind == "reminder":
        return compose.reminder(JOB, person, event, notice.get("now", JOB["created_at"]))
    after = {name: event[name] for name in VIEW}
    told = {"before": VIEW | {"title": "Blues"}, "after": after, "reason": "Rain.", "subject": "Hi", "body": "Well."}
    return getattr(compose, kind)(JOB, person, event, told | notice)


KINDS = [
    "confirmation",
    "booking_cancelled",
    "cancelled_by_staff",
    "tickets_cancelled",
    "event_changed",
    "event_cancelled",
    "reminder",
    "organizer_message",
    "password_reset",
]
OF_EVENTS = KINDS[:-1]


def both(message):
    return message.text, message.html


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_there_in_text_and_in_html(kind):
    message = written(kind)
    assert "Hello Ada," in message.text and "<" not in message.text
    assert message.html.startswith("<!doctype html>") and "Hello Ada," in message.html
    assert (message.to, message.to_name) == ("ada@example.com", "Ada")
    assert (message.message_id, message.written_at) == (JOB["message_id"], JOB["created_at"])
    assert message.subject and "ada@example.com" in message.line


@pytest.mark.parametrize("kind", OF_EVENTS)
def test_every_message_about_an_event_has_its_title_and_its_time_in_its_zone(kind):
    for words in both(written(kind, before=VIEW | {"date": datetime(2031, 5, 1, 20, tzinfo=UTC)})):
        assert "Jazz night" in words
        assert "Sunday, 1 June 2031, 22:00 CEST (Europe/Vienna)" in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_escaped_in_html_and_as_it_is_in_text(kind):
    message = written(kind, person=PERSON | {"name": MARKUP})
    assert MARKUP in message.text
    assert "<script" not in message.html and "&lt;script&gt;" in message.html


@pytest.mark.parametrize("kind", OF_EVENTS)
def test_a_title_is_escaped_in_html_and_as_it_is_in_text(kind):
    message = written(kind, event=EVENT | {"title": MARKUP})
    assert MARKUP in message.text
    assert "<script" not in message.html and "&lt;script&gt;" in message.html


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("event_cancelled", {"reason": MARKUP}),
        ("organizer_message", {"body": MARKUP}),
        ("event_changed", {"before": VIEW | {"venue": MARKUP}}),
        ("event_changed", {"after": VIEW | {"venue": MARKUP}}),
        ("password_reset", {"link": f'https://example.com/?a="{MARKUP}'}),
    ],
)
def test_whatever_else_people_wrote_is_escaped_in_html(kind, facts):
    assert "<script" not in written(kind, **facts).html


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({"title": "Blues"}, "Blues", "Jazz night"),
        ({"date": datetime(2031, 1, 1, 20, tzinfo=UTC)}, "1 January 2031, 21:00 CET", "1 June 2031, 22:00 CEST"),
        ({"venue": "Attic"}, "Attic", "Cellar"),
        ({"venue": None}, "open", "Cellar"),
        ({"end_date": datetime(2031, 6, 1, 21, tzinfo=UTC)}, "22:00–23:00 CEST", "22:00 CEST"),
        ({"timezone": "America/Sao_Paulo"}, "17:00 UTC-3 (America/Sao_Paulo)", "22:00 CEST (Europe/Vienna)"),
    ],
)
def test_a_change_has_before_and_after(changes, before, after):
    message = written("event_changed", before=VIEW | changes)
    for words in both(message):
        assert f"{after}" in words and f"{before}" in words.partition("(before: ")[2]
    assert message.subject == "Changed: Jazz night"


def test_a_change_names_only_what_changed():
    for words in both(written("event_changed", before=VIEW | {"venue": "Attic"})):
        assert "Venue:" in words and "When:" not in words and "Title:" not in words
        assert words.count("(before:") == 1


def test_a_cancellation_without_a_reason_gives_none():
    for words in both(written("event_cancelled", reason=None)):
        assert "will not take place" in words
        assert "The organizer says" not in words and "None" not in words


def test_a_password_reset_has_the_link_or_else_the_token():
    for words in both(written("password_reset", link="https://example.com/reset?token=the-token")):
        assert "https://example.com/reset?token=the-token" in words
    for words in both(written("password_reset")):
        assert "the-token" in words and "where you log in" in words


def test_a_verification_has_the_link_or_else_the_token_and_where_to_send_it():
    for words in both(written("email_verification", link="https://example.com/verify-email?token=the-token")):
        assert "https://example.com/verify-email?token=the-token" in words
        assert "24 hours" in words
    for words in both(written("email_verification")):
        assert "the-token" in words and "where the address was given" in words


@pytest.mark.parametrize("kind", ["email_verification", "password_reset"])
def test_a_mail_to_an_unverified_address_has_nothing_that_others_wrote(kind):
    message = written(kind, PERSON | {"name": "Win a car at evil.example", "verified_at": None})
    assert (message.to, message.to_name) == ("ada@example.com", "")
    for words in both(message):
        assert "Hello there," in words and "evil" not in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_to_an_unverified_address_says_so_unless_it_may_get_it(kind):
    assert written(kind).solicited
    assert written(kind, PERSON | {"verified_at": None}).solicited is (kind == "password_reset")


@pytest.mark.parametrize("kind", OF_EVENTS)
def test_an_event_without_a_venue_or_an_end_can_be_written_about(kind):
    message = written(kind, event=EVENT | {"venue": None}, after=VIEW | {"venue": None})
    for words in both(message):
        assert "None" not in words


@pytest.mark.parametrize("kind", ["confirmation", "booking_cancelled", "event_changed", "event_cancelled", "reminder"])
def test_a_long_subject_is_cut(kind):
    subject = written(kind, event=EVENT | {"title": "x" * 200}).subject
    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("x…")


def test_a_subject_that_just_fits_is_not_cut():
    subject = written("organizer_message", subject="x" * LONGEST_SUBJECT).subject
    assert subject == "x" * LONGEST_SUBJECT
