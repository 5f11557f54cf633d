"""Mails share the work for what they have in common, and not a byte of them differs from one that is made alone."""

import itertools
import random
from email.headerregistry import HeaderRegistry
from email.policy import SMTP

import pytest

from booking_api.languages.catalogue import CODES
from booking_api.notifications import mime
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose

from ..apps import run_jobs
from ..builders import book, make_event
from .test_composed_mail import SCRIPTS

SENDER = Mailbox("Tickets", "tickets@example.com")
FOLDED = [name * 12 for name in SCRIPTS]  # long enough that their headers are folded


@pytest.fixture
def messages(app, as_role, outgoing):
    """Confirmations and receipts for people and events with names of many scripts, in several languages."""
    languages = itertools.cycle(CODES)
    for number, name in enumerate(SCRIPTS):
        organizer = as_role("organizer", name=name, email=f"olga{number}@bücher.example")
        event = make_event(organizer, title=FOLDED[number][:150], venue=name)
        for email in (f"josé{number}@example.com", f"jo{number}@example.com"):
            customer = as_role("customer", name=name, email=email)
            customer.patch("/users/me", {"locale": next(languages)})
            booking = book(customer, event)
            book(customer, event, 2)
            assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    run_jobs(app)
    assert len(outgoing.messages) >= 4 * len(SCRIPTS)
    return outgoing.messages


def written(message):
    """The mail as it is sent; its boundaries are random, and here always the same."""
    random.seed(1)
    return compose(message, SENDER).as_bytes()


def test_every_mail_is_as_if_it_had_been_made_alone(messages, monkeypatch):
    together = [written(message) for message in messages]
    again = [written(message) for message in messages]
    monkeypatch.setattr(mime, "POLICY", SMTP.clone(refold_source="none", header_factory=HeaderRegistry()))
    alone = [written(message) for message in messages]
    assert together == alone
    assert again == alone
