"""Replies to mails about an event go to its organizer."""

import email
import email.policy
from dataclasses import replace

import pytest

from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose
from booking_api.notifications.replies import Replies

from ..apps import run_jobs
from ..builders import book, make_event
from .test_composed_mail import ENCODED_WORDS, LINE_ENDS, MARKS, message

SENDER = Mailbox("", "tickets@example.com")
HEADERS = ["Auto-Submitted", "Content-Type", "Date", "From", "List-Unsubscribe", "List-Unsubscribe-Post"]
HEADERS += ["MIME-Version", "Message-ID", "Reply-To", "Subject", "To"]


def mails(outgoing):
    """What was sent, as its readers' programs have it."""
    raw = [compose(sent, SENDER).as_bytes() for sent in outgoing.messages]
    outgoing.messages.clear()
    return [email.message_from_bytes(each, policy=email.policy.default) for each in raw]


@pytest.fixture
def olga(as_role):
    """An organizer."""
    return as_role("organizer", name="Olga, of Olga's", email="olga@bücher.example")


def test_every_mail_about_an_event_is_answered_by_its_organizer(app, olga, customer, outgoing, clock):
    event = make_event(olga, date="2030-01-03T12:00:00Z")
    given_up = book(customer, event)
    book(customer, event)
    customer.post(f"/bookings/{given_up['id']}/cancel")
    run_jobs(app)
    olga.patch(f"/events/{event['id']}", {"venue": "Hall"})
    run_jobs(app)
    olga.post(f"/events/{event['id']}/messages", {"subject": "Come early", "body": "Please."})
    run_jobs(app)
    olga.post(f"/events/{event['id']}/cancel", {})
    run_jobs(app)
    written = mails(outgoing)
    assert len(written) == 5
    for mail in written:
        (answered_by,) = mail["Reply-To"].addresses
        assert (answered_by.display_name, answered_by.addr_spec) == ("Olga, of Olga's", "olga@xn--bcher-kva.example")
        assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("words", [*ENCODED_WORDS, *MARKS, "Bcc: eve@example.com", "x" * 100])
def test_no_words_of_an_organizer_become_headers_of_a_message(app, as_role, customer, outgoing, words):
    organizer = as_role("organizer", name=words)
    event = make_event(organizer)
    book(customer, event)
    run_jobs(app)
    outgoing.messages.clear()
    written = {"subject": words, "body": f"Bcc: eve@example.com\r\n\r\n{words}\r\n.\r\nQUIT"}
    assert organizer.post(f"/events/{event['id']}/messages", written).status_code == 202
    run_jobs(app)
    (mail,) = mails(outgoing)
    assert sorted(mail.keys()) == HEADERS
    assert [each.addr_spec for each in mail["Reply-To"].addresses] == [organizer.user["email"]]
    assert [each.addr_spec for each in mail["To"].addresses] == [customer.user["email"]]
    assert mail["Subject"].replace(" ", "") == words.replace(" ", "")
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert f"Bcc: eve@example.com\n\n{words}\n.\nQUIT\n" in text


@pytest.mark.parametrize("end", LINE_ENDS)
def test_an_organizer_with_a_line_end_in_their_name_is_not_named_in_a_header(end):
    olga = {"name": f"Olga{end}Bcc: eve@example.com", "email": "olga@example.com"}
    assert Replies(verified_only=False).read_by(olga) is None


def test_a_mail_about_an_account_has_nobody_who_answers(app, customer, outgoing):
    customer.post("/auth/password-reset", {"email": customer.user["email"]})
    run_jobs(app)
    (mail,) = mails(outgoing)
    assert mail["Reply-To"] is None
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("verified_only", "named"), [(True, False), (False, True)])
def test_an_address_is_told_to_guests_once_it_is_verified_where_that_is_wanted(verified_only, named):
    organizer = {"name": "Olga", "email": "olga@example.com", "verified_at": None}
    replies = Replies(verified_only=verified_only)
    olga = Mailbox("Olga", "olga@example.com")
    assert replies.read_by(organizer) == (olga if named else None)
    assert replies.read_by(organizer | {"verified_at": 1}) == olga


@pytest.mark.parametrize("organizer", [None, {"name": "Olga", "email": "olga@-ü.example"}])
def test_a_mail_goes_out_without_an_organizer_too(organizer):
    assert Replies(verified_only=False).read_by(organizer) is None
    assert compose(message(), SENDER)["Reply-To"] is None


def test_a_mail_to_everybody_names_no_address_that_only_some_servers_take():
    answered = replace(message(), reply_to=Mailbox("Olga", "žofie@example.com"))
    assert email.message_from_bytes(compose(answered, SENDER).as_bytes())["Reply-To"] is None
    raw = compose(replace(answered, to="josé@example.com"), SENDER).as_bytes()
    assert "žofie@example.com" in raw.decode()
