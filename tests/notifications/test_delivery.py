"""How messages leave the house, and what a booking shows of a confirmation that cannot."""

import io

import pytest

from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import MAX_ATTEMPTS, Outbox, PermanentFailure
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.email import ConsoleSender
from booking_api.notifications.message import Message

from ..apps import run_jobs
from ..builders import book

CONFIRMATION = "Booking confirmation email sent to ada@example.com"
NOTICE = "Event update notification sent to ada@example.com"


def message(line):
    return Message("ada@example.com", "Ada", "Subject", line, "<1@x>", now(), "reminder", {})


def test_the_console_has_one_line_for_a_message_that_ends_in_its_own_words():
    stream = io.StringIO()
    with ConsoleSender(stream).session() as send:
        send(message(CONFIRMATION))
    (line,) = stream.getvalue().splitlines(keepends=True)
    assert line.endswith(f" {CONFIRMATION}\n")


@pytest.mark.parametrize(
    ("sign", "shown"),
    [("\x1b[2J", r"\x1b[2J"), ("\x0b", r"\x0b"), ("\n", r"\n"), ("\x9b", r"\x9b"), ("\u202e", r"\u202e"), ("é", "é")],
)
def test_the_console_is_told_nothing_that_is_not_printable(sign, shown):
    stream = io.StringIO()
    with ConsoleSender(stream).session() as send:
        send(message(f'Password reset email sent to "{sign}"@example.com'))
    assert stream.getvalue().endswith(f' Password reset email sent to "{shown}"@example.com\n')
    assert stream.getvalue()[:-1].isprintable()


def test_the_console_is_standard_output(capsys):
    with ConsoleSender().session() as send:
        send(message(NOTICE))
    assert capsys.readouterr().out.endswith(f" {NOTICE}\n")


def test_a_confirmation_that_cannot_be_delivered_is_shown_as_failed(app, ada, event, outgoing, monkeypatch):
    def refuse(message):
        raise PermanentFailure("There is no such mailbox.")

    monkeypatch.setattr(outgoing, "send", refuse)
    booking = book(ada, event)
    run_jobs(app)
    assert ada.get(f"/bookings/{booking['id']}").json["confirmation"] == {"status": "failed", "sent_at": None}


def test_a_confirmation_is_retried_under_one_message_id_and_then_shown_as_failed(
    app, ada, event, clock, outgoing, monkeypatch
):
    tried = []

    def refuse(message):
        tried.append(message.message_id)
        raise ConnectionError("Later.")

    monkeypatch.setattr(outgoing, "send", refuse)
    booking = book(ada, event)
    services = services_of(app)
    for _ in range(MAX_ATTEMPTS + 1):
        for job_id in services[Outbox].upcoming(10)[0]:
            services[JobRunner].run([job_id])
        clock.advance(hours=2)
    assert (len(tried), len(set(tried))) == (MAX_ATTEMPTS, 1)
    assert ada.get(f"/bookings/{booking['id']}").json["confirmation"] == {"status": "failed", "sent_at": None}
