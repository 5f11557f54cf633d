"""The mails about bookings and their tickets: what each says, and what it leaves out."""

import pytest
from bson import ObjectId

from booking_api.notifications.messages import Composer
from booking_api.notifications.ticket_messages import TicketComposer

from .test_messages import BOOKING, EVENT, JOB, MARKUP, PERSON, both, written

compose = Composer()


def test_a_confirmation_says_what_was_booked_for_how_much_and_where_to_cancel():
    for words in both(written("confirmation")):
        for fact in ("2 × Seat", "€25.00 each", "€50.00", "CODE-1", "CODE-2", "Cellar", str(BOOKING["_id"])):
            assert fact in words
        assert "If you cannot come, please cancel your booking where you made it" in words


def test_a_receipt_for_some_tickets_says_which_are_gone_and_what_remains():
    for words in both(written("tickets_cancelled")):
        gone, kept = words.split("They are no longer valid")
        assert "1 × Stand" in gone and "Seat" not in gone
        assert str(BOOKING["_id"]) in gone
        for fact in ("2 × Seat", "€25.00 each", "€50.00"):
            assert fact in kept
        assert "CODE" not in words


def test_a_cancel_by_the_organizer_has_their_reason_if_there_is_one():
    for words in both(written("cancelled_by_staff", booking=BOOKING | {"cancel_reason": "Full.\nSorry."})):
        assert "The organizer says:" in words and "Full." in words and str(BOOKING["_id"]) in words
    for words in both(written("cancelled_by_staff", booking=BOOKING | {"cancel_reason": None})):
        assert "The organizer says:" not in words
    markup = written("cancelled_by_staff", booking=BOOKING | {"cancel_reason": MARKUP})
    assert "<script" not in markup.html and MARKUP in markup.text


@pytest.mark.parametrize("kind", ["ticket_received", "ticket_lost"])
def test_a_mail_to_a_holder_has_no_name_that_its_giver_chose(kind):
    message = written(kind, person=PERSON | {"name": "Ada example.com"}, event=EVENT | {"title": MARKUP})
    assert (message.to, message.to_name, message.solicited) == ("zoe@example.com", "", True)
    assert message.line == "Ticket email sent to zoe@example.com"
    for words in both(message):
        assert "Hello there," in words and "Zoe" not in words and "Seat" in words
        assert ("CODE-1" in words) == (kind == "ticket_received") == ("https://api.example.com/t/CODE-1" in words)
    assert MARKUP in message.text and "<script" not in message.html


def test_a_ticket_is_from_who_gave_it_and_their_name_is_no_link():
    for words in both(written("ticket_received", person=PERSON | {"name": "Ada www.example.com"})):
        assert "has given you a ticket" in words and "Ada" in words and "www.example.com" not in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "has now been given to somebody else"),
        ({"status": "cancelled"}, "has been cancelled:"),
        ({"event": EVENT | {"status": "cancelled"}}, "will not take place"),
    ],
)
def test_a_former_holder_hears_why_the_ticket_is_no_longer_theirs(changes, words):
    booking = BOOKING | {"event": EVENT} | changes
    ticket, transfer = {"ticket_type": None, "code": "CODE-1"}, {"email": "zoe@example.com"}
    for text in both(TicketComposer().lost(JOB, PERSON, booking, ticket, transfer)):
        assert words in text and "CODE-1" not in text


def test_a_confirmation_leaves_out_what_others_have():
    mine = {"_id": ObjectId(), "code": "CODE-1", "ticket_type": None}
    theirs = mine | {"code": "CODE-2", "transfers": [{}]}
    for words in both(written("confirmation", booking=BOOKING | {"tickets": [mine, theirs]})):
        assert "CODE-1" in words and "CODE-2" not in words
    for words in both(written("confirmation", booking=BOOKING | {"tickets": [theirs]})):
        assert "Your tickets:" not in words and "2 × Seat" in words


def test_a_confirmation_leaves_out_tickets_that_were_cancelled_since():
    for words in both(written("confirmation")):
        assert "CODE-0" not in words and "CODE-1" in words


def test_a_confirmation_of_free_tickets_names_no_price():
    free = BOOKING | {"amount": 0, "items": [{"name": None, "quantity": 1, "price": 0}]}
    for words in both(compose.confirmation(JOB, PERSON, free)):
        assert "1 × Ticket" in words
        assert "€" not in words and "In all" not in words
