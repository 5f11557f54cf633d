"""Mail through a real SMTP server that accepts, defers, refuses, hangs and hangs up."""

import socket

import pytest

from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox, PermanentFailure
from booking_api.jobs.runner import JobRunner
from booking_api.notifications import smtp
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.message import Message
from booking_api.notifications.smtp import SmtpSender, SmtpServer

from ..apps import mongomock_app, run_jobs
from ..builders import book, make_event, sign_up
from ..mail_server import DROP, HANG, MailServer
from ..pids import CALM_SECONDS
from ..ports import free_port

ADA, BOB, EVE = (f"{name}@example.com" for name in ("ada", "bob", "eve"))
BUSY, GONE = "451 Come back later", "550 There is no such mailbox"
TOKEN = {"token": "secret", "link": None}


TICKETS = Mailbox("Tickets", "tickets@example.com")


@pytest.fixture
def server():
    """A mail server that accepts everything."""
    with MailServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A server that does not hang may be late on a busy machine."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", CALM_SECONDS)


@pytest.fixture
def sender(server):
    """Hands mail to the server."""
    return SmtpSender(
        SmtpServer("127.0.0.1", server.port, implicit_tls=False), Mailbox("Tickets", "tickets@example.com")
    )


@pytest.fixture
def smtp_app(server, clock):
    """The app on mongomock with `EMAIL_URL` naming the server."""
    return mongomock_app(clock, None, email_url=f"smtp://127.0.0.1:{server.port}", email_from="tickets@example.com")


def message(to=ADA):
    message_id = f"<{to}>" if to.isascii() else "<1@booking-api>"
    return Message(
        to, "Ada", "Set a new password", "line", message_id, now(), "password_reset", {"name": "Ada"} | TOKEN
    )


def recipients(server):
    return [address for received in server.received for address in received.recipients]


def outcomes(sender, *addresses):
    """What becomes of a message to each, in one batch: None, or the error's class."""
    found = []
    with sender.session() as send:
        for address in addresses:
            try:
                found.append(send(message(address)))
            except Exception as error:
                found.append(type(error))
    return found


def only(address, answer):
    """Answers like this to one, and kindly to the rest."""
    return lambda to: answer if address in to else "250 Thank you"


def test_a_message_is_handed_to_the_server(server, sender):
    assert outcomes(sender, ADA) == [None]
    (received,) = server.received
    assert (received.sender, received.recipients) == ("tickets@example.com", [ADA])
    assert received.mail["Message-ID"] == f"<{ADA}>"


def test_a_batch_goes_over_one_connection(server, sender):
    assert outcomes(sender, ADA, BOB, EVE) == [None] * 3
    assert recipients(server) == [ADA, BOB, EVE]
    assert len(server.connections) == 1


def test_a_batch_with_nothing_to_send_makes_no_connection():
    with SmtpSender(SmtpServer("127.0.0.1", free_port(), implicit_tls=False), Mailbox("", "t@example.com")).session():
        pass


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
@pytest.mark.parametrize("answer", ["550 No such mailbox", "552 Too much", "554 We do not like you"])
def test_a_refusal_for_good_is_permanent_and_only_that_messages(server, sender, where, answer):
    setattr(server, where, only(BOB, answer))
    assert outcomes(sender, ADA, BOB, EVE) == [None, PermanentFailure, None]
    assert recipients(server) == [ADA, EVE]
    assert len(server.connections) == 1


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
@pytest.mark.parametrize("code", [550, 451])
def test_what_the_server_says_is_kept_without_the_address(server, sender, where, code):
    setattr(server, where, only(ADA, f"{code} <{ADA.upper()}>: no such mailbox: {ADA}"))
    with sender.session() as send, pytest.raises(Exception, match="no such mailbox") as refusal:
        send(message(ADA))
    assert ADA not in str(refusal.value).lower()


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
@pytest.mark.parametrize("answer", ["450 Mailbox busy", "451 Come back later", "452 Disk full"])
def test_a_deferred_message_is_to_be_tried_again_and_the_others_are_sent(server, sender, where, answer):
    setattr(server, where, only(BOB, answer))
    first, second, third = outcomes(sender, ADA, BOB, EVE)
    assert (first, third) == (None, None)
    assert issubclass(second, Exception) and second is not PermanentFailure
    assert recipients(server) == [ADA, EVE]


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
def test_after_a_connection_closed_with_421_the_next_message_goes_over_a_new_one(server, sender, where):
    setattr(server, where, only(ADA, "421 Closing down"))
    first, *rest = outcomes(sender, ADA, BOB, EVE)
    assert issubclass(first, Exception) and first is not PermanentFailure
    assert rest == [None, None]
    assert recipients(server) == [BOB, EVE]


def drop_at_the_address(server):
    server.at_recipient = only(ADA, DROP)


def drop_mid_message(server):
    server.drop_mid_message = lambda to: ADA in to


def drop_before_the_answer(server):
    server.at_data = only(ADA, DROP)


@pytest.mark.parametrize("drop", [drop_at_the_address, drop_mid_message, drop_before_the_answer])
def test_a_lost_connection_costs_one_message_another_attempt_and_is_made_again(server, sender, drop):
    drop(server)
    first, *rest = outcomes(sender, ADA, BOB, EVE)
    assert issubclass(first, Exception) and first is not PermanentFailure
    assert rest == [None, None]
    assert recipients(server) == [BOB, EVE]
    assert len(server.connections) == 2


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
def test_a_server_that_hangs_is_left_in_time_and_the_others_are_sent(server, sender, where, monkeypatch):
    setattr(server, where, only(ADA, HANG))
    with sender.session() as send:
        monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
        with pytest.raises(OSError):
            send(message(ADA))
        monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", CALM_SECONDS)  # to the others it answers, however late
        send(message(BOB))
    assert recipients(server) == [BOB]


def test_a_server_that_never_says_hello_is_left_in_time(monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sender = SmtpSender(
            SmtpServer("127.0.0.1", silent.getsockname()[1], implicit_tls=False), Mailbox("", "t@example.com")
        )
        (error,) = outcomes(sender, ADA)
    assert issubclass(error, OSError)


def test_a_server_that_is_not_there_is_to_be_tried_again():
    sender = SmtpSender(SmtpServer("127.0.0.1", free_port(), implicit_tls=False), Mailbox("", "t@example.com"))
    assert outcomes(sender, ADA, BOB) == [ConnectionRefusedError] * 2


def test_an_address_in_any_script_is_written_to_where_the_server_speaks_it(server, sender):
    assert outcomes(sender, "žofie@example.com") == [None]
    assert recipients(server) == ["žofie@example.com"]


def test_an_address_the_server_cannot_write_fails_alone():
    with MailServer(enable_SMTPUTF8=False) as plain:
        sender = SmtpSender(SmtpServer("127.0.0.1", plain.port, implicit_tls=False), Mailbox("", "t@example.com"))
        assert outcomes(sender, "žofie@example.com", BOB) == [PermanentFailure, None]
        assert recipients(plain) == [BOB]


def test_a_domain_in_any_script_is_known_to_every_server():
    with MailServer(enable_SMTPUTF8=False) as plain:
        sender = SmtpSender(SmtpServer("127.0.0.1", plain.port, implicit_tls=False), TICKETS)
        assert outcomes(sender, "ada@bücher.example") == [None]
        (received,) = plain.received
    assert received.recipients == ["ada@xn--bcher-kva.example"]
    assert [to.addr_spec for to in received.mail["To"].addresses] == received.recipients


def booked_by_all(app):
    """A booking of each of the three, before any job has run."""
    event = make_event(sign_up(app, "organizer"))
    people = [sign_up(app, "customer", email=address) for address in (ADA, BOB, EVE)]
    return [(person, book(person, event)) for person in people]


def confirmations(bookings):
    return [person.get(f"/bookings/{booking['id']}").json["confirmation"]["status"] for person, booking in bookings]


def test_a_refused_address_fails_its_own_confirmation_and_no_other(smtp_app, server):
    server.at_recipient = only(BOB, GONE)
    bookings = booked_by_all(smtp_app)
    run_jobs(smtp_app)
    assert confirmations(bookings) == ["sent", "failed", "sent"]
    assert recipients(server) == [ADA, EVE]
    assert len(server.connections) == 1


def test_a_deferred_confirmation_is_sent_later_under_the_same_message_id(smtp_app, server, clock):
    server.at_data = only(BOB, BUSY)
    bookings = booked_by_all(smtp_app)
    run_jobs(smtp_app)
    assert confirmations(bookings) == ["sent", "pending", "sent"]
    outbox = services_of(smtp_app)[Outbox]
    (waiting,) = outbox.collection.find({"state": "pending", "attempts": 1})
    assert "451" in waiting["last_error"]
    server.at_data = lambda to: "250 Thank you"
    clock.advance(hours=2)
    services_of(smtp_app)[JobRunner].run([waiting["_id"]])
    assert confirmations(bookings) == ["sent"] * 3
    assert server.received[-1].mail["Message-ID"] == waiting["message_id"]


def test_without_a_mail_server_every_confirmation_waits(smtp_app, server):
    bookings = booked_by_all(smtp_app)
    server.stop()
    run_jobs(smtp_app)
    assert confirmations(bookings) == ["pending"] * 3
