"""The mail itself: what it carries, in any script, and that nobody's words become headers."""

import email
import email.policy
from datetime import UTC, datetime

import icalendar
import pytest

from booking_api.jobs.outbox import PermanentFailure
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.message import Message
from booking_api.notifications.mime import compose
from booking_api.notifications.smtp import SmtpSender, SmtpServer

from ..apps import run_jobs
from ..builders import book, make_event
from ..mail_server import MailServer

SENDER = Mailbox("Tickets", "tickets@example.com")
SCRIPTS = [
    "Ada Lovelace",
    "Žofie Nováková",
    "Ωμέγα",
    "李小龍",
    "محمد",
    "שָׁלוֹם",
    "नमस्ते",
    "🎷 Jazz 🎺",
    'O\'Neil, "Bo" <x>',
]
MARKS = ["Eve <eve@example.com>,", "a, b", "\\", '"', "(eve)", ": ;"]
LINE_ENDS = ["\n", "\r", "\r\n"]
ENCODED_WORDS = [
    "=?utf-8?q?Ada=0d=0aBcc:_eve@example.com?=",
    "=?utf-8?q?Ada=0aBcc:_eve@example.com?=",
    "=?utf-8?b?QWRhDQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "=?utf-8?q?Ada=0d=0a=0d=0aA_body?=",
    "=?utf-8?q?Eve=3Ceve@example.com=3E,?=",
]


def message(**fields):
    facts = {"name": "Ada", "token": "secret", "link": None}
    standard = {
        "to": "ada@example.com",
        "to_name": "Ada",
        "subject": "Set a new password",
        "line": "",
        "message_id": "<1.2@booking-api>",
        "written_at": datetime(2030, 1, 1, 12, tzinfo=UTC),
        "template": "password_reset",
        "facts": facts,
    }
    return Message(**standard | fields)


def parsed(**fields):
    """The mail as the program of its reader understands it."""
    return email.message_from_bytes(compose(message(**fields), SENDER).as_bytes(), policy=email.policy.default)


@pytest.fixture
def confirmation(app, as_role, outgoing):
    """The confirmation of a booking, as a mail that was written out and read in again."""
    event = make_event(as_role("organizer"), title="Žižkov blues", venue="Sál č. 1", end_date="2031-06-01T23:00:00Z")
    book(as_role("customer", name="Ada", email="ada@example.com"), event)
    run_jobs(app)
    (sent,) = outgoing.messages
    mail = email.message_from_bytes(compose(sent, SENDER).as_bytes(), policy=email.policy.default)
    return event, sent, mail


def test_a_mail_has_its_headers():
    mail = parsed()
    assert mail["From"] == SENDER.header
    assert mail["To"] == "Ada <ada@example.com>"
    assert mail["Subject"] == "Set a new password"
    assert mail["Message-ID"] == "<1.2@booking-api>"
    assert mail["Date"].datetime == datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert mail["Auto-Submitted"] == "auto-generated"


def test_text_and_html_are_alternatives(confirmation):
    _event, sent, mail = confirmation
    text, html = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert text.get_content().splitlines() == sent.text.splitlines()
    assert html.get_content().splitlines() == sent.html.splitlines()
    assert "Žižkov blues" in text.get_content() and "Žižkov blues" in html.get_content()


def test_a_confirmation_has_the_event_for_the_calendar(confirmation):
    _event, _sent, mail = confirmation
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("event.ics", "text/calendar")
    (entry,) = icalendar.Calendar.from_ical(attached.get_payload(decode=True)).walk("VEVENT")
    assert entry["SUMMARY"] == "Žižkov blues"
    assert entry["LOCATION"] == "Sál č. 1"
    assert entry.decoded("DTSTART") == datetime(2031, 6, 1, 20, tzinfo=UTC)
    assert entry.decoded("DTEND") == datetime(2031, 6, 1, 23, tzinfo=UTC)


def test_a_mail_about_something_else_has_no_attachment():
    assert list(parsed().iter_attachments()) == []


def test_a_message_composed_twice_has_the_same_id_and_date():
    first, second = parsed(), parsed()
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


@pytest.mark.parametrize("words", SCRIPTS)
def test_names_and_subjects_are_in_any_script(words):
    mail = parsed(to_name=words, subject=words)
    assert mail["Subject"] == words
    (to,) = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == (words, "ada@example.com")


@pytest.mark.parametrize("words", ["李" * 150, " ".join(["long"] * 30), "🎷" * 150, "x" * 150])
def test_a_long_subject_is_folded_and_comes_out_whole(words):
    raw = compose(message(subject=words), SENDER).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert parsed(subject=words)["Subject"] == words


@pytest.mark.parametrize("field", ["to", "to_name", "subject", "message_id"])
@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_header_with_a_line_end_is_refused_for_good(field, end):
    with pytest.raises(PermanentFailure):
        compose(message(**{field: f"ada@example.com{end}Bcc: eve@example.com"}), SENDER)


@pytest.mark.parametrize("address", ["", "nobody", "@@@", "a b@example.com", "a@example.com, b@example.com"])
def test_an_address_that_no_mail_can_carry_is_refused_for_good(address):
    with pytest.raises(PermanentFailure):
        compose(message(to=address), SENDER)


@pytest.mark.parametrize("field", ["to_name", "subject"])
@pytest.mark.parametrize("words", [*ENCODED_WORDS, "Ada\u2028Bcc: eve@example.com", "Ada <eve@example.com>, "])
def test_nobodys_words_become_a_header(field, words):
    usual, mail = parsed(), parsed(**{field: words})
    assert mail.keys() == usual.keys()
    assert [to.addr_spec for to in mail["To"].addresses] == ["ada@example.com"]
    assert mail.get_body(["plain"]).get_content() == usual.get_body(["plain"]).get_content()


@pytest.mark.parametrize("words", [*ENCODED_WORDS, *SCRIPTS, *MARKS])
def test_whatever_somebody_is_called_the_mail_goes_to_their_address_alone(mail_server, words):
    sender = SmtpSender(SmtpServer("127.0.0.1", mail_server.port, implicit_tls=False), SENDER)
    mail_server.received.clear()
    with sender.session() as send:
        send(message(to_name=words))
    (received,) = mail_server.received
    assert (received.sender, received.recipients) == ("tickets@example.com", ["ada@example.com"])
    assert received.mail["Bcc"] is None


@pytest.fixture(scope="module")
def mail_server():
    """A mail server that accepts everything."""
    with MailServer() as running:
        yield running


def test_a_name_that_hides_a_header_is_written_to_in_full(app, as_role, outgoing):
    ada = as_role("customer", name=ENCODED_WORDS[0], email="ada@example.com")
    book(ada, make_event(as_role("organizer"), title=ENCODED_WORDS[1]))
    run_jobs(app)
    (sent,) = outgoing.messages
    head = compose(sent, SENDER).as_bytes().partition(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc:") for line in head.splitlines())
