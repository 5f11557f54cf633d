"""Guessing at codes: who guesses is slowed down, and the guests behind the same address are not."""

from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.tickets import limits

from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import book
from ..http.rate_limited import assert_too_many
from .conftest import PUBLIC

MOST = limits.WRONG_CODE.items["address"].amount
MOST_PDFS = limits.PDF.items["pair"].amount


@pytest.fixture
def app(database, outgoing):
    """An app that limits, which mongomock cannot count."""
    limited = replace(SETTINGS, public_url=PUBLIC, ratelimit_enabled=True)
    made = create_app(limited, database=database, sender=outgoing, clock=now)
    yield made
    services_of(made)[JobRunner].stop()


def test_wrong_codes_of_an_address_are_counted_and_right_ones_are_not(app, client, ticket, see):
    forms = ("", ".svg", ".png", ".pdf")
    for number in range(MOST):
        assert see(ticket).status_code == 200
        assert_problem(client.seen("GET", f"/t/{number:022}{forms[number % 4]}"), 404, "ticket_not_found")
    for form in forms:
        assert_too_many(client.seen("GET", f"/t/{'x' * 22}{form}"), "ticket-code")
    assert see(ticket).status_code == 200
    elsewhere = client.client.get(f"/t/{'x' * 22}", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert_problem(elsewhere, 404, "ticket_not_found")


def test_a_ticket_is_not_printed_without_end(client, customer, evening, ticket, see):
    assert {see(ticket, ".pdf").status_code for _ in range(MOST_PDFS)} == {200}
    assert_too_many(see(ticket, ".pdf"), "ticket-pdf")
    assert see(ticket).status_code == 200
    other = book(customer, evening)
    path = f"/bookings/{other['id']}/tickets.pdf"
    assert {customer.get(path).status_code for _ in range(MOST_PDFS)} == {200}
    assert_too_many(customer.get(path), "ticket-pdf")
