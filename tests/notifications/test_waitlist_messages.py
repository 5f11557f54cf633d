"""The mails to people who wait: what each says, in every language, and what it leaves out."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from booking_api.languages.catalogue import CODES, language
from booking_api.notifications import waitlist_rules
from booking_api.notifications.waitlist_rules import CHANGED, ENDED, EVENT_CANCELLED, LIMIT, REMOVED, why_closed

from .read_back import OFFER, SHOP, read_back, words_of, written
from .test_messages import BOOKING, EVENT, MARKUP

SEAT = {"_id": ObjectId(), "name": MARKUP, "max_per_booking": 4, "sale_starts": None, "sale_ends": None}
CLOSED_AT = datetime(2030, 1, 1, 12, tzinfo=UTC)
each_language = pytest.mark.parametrize("code", CODES)


def shown(kind, code="en", shop=None, **told):
    """The text of a mail, and that of its page, each in one line."""
    _subject, text, page = read_back(written(kind, code, shop, **told))
    return words_of(text), words_of("".join(page.texts))


def test_who_has_joined_reads_for_what_they_wait_and_at_which_position():
    for words in shown("waitlist_joined"):
        assert "2 to 5 × Ticket" in words and "your position was 12." in words
    for words in shown("waitlist_joined", min_quantity=5):
        assert " 5 × Ticket" in words and "2 to" not in words


def test_a_place_of_which_no_position_is_known_has_none_in_its_mail():
    for words in shown("waitlist_joined", first_position=None):
        assert "position" not in words


@pytest.mark.parametrize(
    ("code", "until"),
    [
        ("en", "We hold them until: Monday, 1 July 2030, 15:04 CEST (Europe/Vienna)"),
        ("de", "Reserviert bis: Montag, 1. Juli 2030, 15:04 Uhr MESZ (Europe/Vienna)"),
    ],
)
def test_an_offer_says_which_tickets_are_held_and_until_when_in_the_events_zone(code, until):
    for words in shown("waitlist_offered", code):
        assert "2 × Seat" in words and until in words and str(BOOKING["_id"]) in words


@each_language
def test_an_offer_of_fewer_than_were_wanted_says_so(code):
    fewer = language(code).say("waitlist_offered.fewer", wanted=5)
    for words in shown("waitlist_offered", code):
        assert fewer in words
    for words in shown("waitlist_offered", code, quantity=OFFER["quantity"]):
        assert fewer not in words


def test_no_offer_has_a_code_that_opens_a_door():
    for words in shown("waitlist_offered"):
        assert "CODE" not in words


@each_language
@pytest.mark.parametrize("kind", ["waitlist_missed", "waitlist_closed"])
def test_who_can_join_again_reads_how_and_nobody_else_does(code, kind):
    again = language(code).say("waitlist_missed.again_on_page")
    for words in shown(kind, code, SHOP):
        assert again in words
    for words in shown(kind, code, SHOP, is_open=False):
        assert again not in words and SHOP not in words


@each_language
@pytest.mark.parametrize("cause", [EVENT_CANCELLED, ENDED, REMOVED, LIMIT, CHANGED])
def test_who_waits_no_longer_reads_why(code, cause):
    event = EVENT | {"cancel_reason": MARKUP}
    message = written("waitlist_closed", code, event=event, cause=cause)
    subject, text, page = read_back(message)
    assert language(code).say(f"waitlist_closed.{cause}") in words_of(text)
    assert words_of("".join(page.texts)) == words_of(text)
    assert (MARKUP in text) == (cause == EVENT_CANCELLED) and "<script" not in message.html
    kind = "event_cancelled" if cause == EVENT_CANCELLED else "waitlist_closed"
    assert subject == language(code).say(f"{kind}.subject", title="Jazz night")


@pytest.mark.parametrize(
    ("changes", "least", "why"),
    [
        ({"status": "cancelled"}, 1, EVENT_CANCELLED),
        ({"ticket_types": [SEAT | {"_id": ObjectId()}]}, 1, REMOVED),
        ({"sale_ends": CLOSED_AT}, 1, ENDED),
        ({"ticket_types": [SEAT | {"sale_ends": CLOSED_AT}]}, 1, ENDED),
        ({"date": CLOSED_AT}, 1, ENDED),
        ({}, 5, LIMIT),
        ({"max_per_customer": 1}, 2, LIMIT),
        ({}, 4, CHANGED),
    ],
)
def test_why_a_place_has_ended_follows_from_its_event(changes, least, why):
    event = EVENT | {"ticket_types": [SEAT], "max_per_booking": 10, "max_per_customer": None} | changes
    entry = {"ticket_type_id": SEAT["_id"], "min_quantity": least, "created_at": CLOSED_AT, "ended_at": CLOSED_AT}
    assert why_closed(entry, event) == why


@pytest.mark.parametrize(
    ("entry", "booking", "event", "expected"),
    [
        ({}, {}, {}, True),
        ({"status": "closed"}, {}, {}, False),
        ({}, {"status": "confirmed"}, {}, False),
        ({}, {"hold_expires_at": CLOSED_AT}, {}, False),
        ({}, {}, {"status": "cancelled"}, False),
    ],
)
def test_an_offer_is_told_only_while_it_can_be_accepted(entry, booking, event, expected):
    offer = ({"status": "offered"} | entry, {"status": "held"} | OFFER | booking, EVENT | event)
    assert waitlist_rules.is_offer_open(*offer, CLOSED_AT) is expected


@pytest.mark.parametrize("event", [{"status": "cancelled"}, {"date": CLOSED_AT}, {"sale_ends": CLOSED_AT}])
def test_nobody_is_told_that_they_wait_for_what_is_not_sold_any_more(event):
    assert waitlist_rules.still_waits({"status": "waiting"}, EVENT | {"ticket_types": []}, CLOSED_AT)
    assert not waitlist_rules.still_waits({"status": "waiting"}, EVENT | {"ticket_types": []} | event, CLOSED_AT)
