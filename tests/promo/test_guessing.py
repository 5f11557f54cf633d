"""Guessing at codes: who guesses is stopped, whichever way they ask, and everybody else is not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pymongo.errors import AutoReconnect

from booking_api import create_app
from booking_api.bookings import limits
from booking_api.clock import now
from booking_api.http.rate_limits import Limit, Limits
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..http.rate_limited import assert_too_many
from .codes import add_code, buy, order, priced_event

MOST = limits.WRONG_CODES[0].items["subject"].amount


@pytest.fixture
def app(database, outgoing):
    """An app that limits, which mongomock cannot count."""
    made = create_app(replace(SETTINGS, ratelimit_enabled=True), database=database, sender=outgoing, clock=now)
    yield made
    services_of(made)[JobRunner].stop()


@pytest.fixture
def gala(organizer):
    """An event with prices and a code."""
    event = priced_event(organizer)
    add_code(organizer, event)
    add_code(organizer, event, "OFF", enabled=False)
    return event


def quote(client, event, code, address="192.0.2.1"):
    """Ask what a seat costs with a code."""
    body = order(event, 1, code=code)
    return client.post(f"/events/{event['id']}/quote", body, environ_overrides={"REMOTE_ADDR": address})


def see(client, event, code):
    """Ask what a code shows of the event."""
    return client.get(f"/events/{event['id']}", query_string={"code": code})


def test_guesses_of_an_account_count_together_and_then_right_codes_are_refused_too(customer, as_role, gala):
    for number in range(MOST):
        code = "OFF" if number % 2 else f"GUESS-{number}"
        answers = (
            lambda code: customer.post("/bookings", order(gala, 1, code=code)),
            lambda code: see(customer, gala, code),
            lambda code, number=number: quote(customer, gala, code, f"192.0.2.{number}"),
        )
        assert quote(customer, gala, "SAVE").status_code == see(customer, gala, "SAVE").status_code == 200
        assert_problem(answers[number % 3](code), 422, "code_unknown")
    assert_too_many(see(customer, gala, "SAVE"), "promo-code")
    assert see(customer, gala, None).status_code == 200
    assert_too_many(quote(customer, gala, "SAVE", "198.51.100.1"), "promo-code")
    assert_too_many(customer.post("/bookings", order(gala, 1)), "promo-code")
    assert_too_many(customer.post("/bookings", order(gala, 1, code="OFF")), "promo-code")
    assert customer.post("/bookings", order(gala, 1, code=None)).status_code == 201
    buy(as_role("customer"), gala, 1)


def test_who_is_not_signed_in_is_counted_by_address(client, customer, gala):
    for number in range(MOST):
        assert_problem(quote(client, gala, f"GUESS-{number}"), 422, "code_unknown")
    assert_too_many(quote(client, gala, "SAVE"), "promo-code")
    assert quote(client, gala, "SAVE", "198.51.100.1").status_code == 200
    assert quote(customer, gala, "SAVE").status_code == 200


def test_guesses_at_the_same_time_are_not_answered_beyond_the_limit(app, customer, gala):
    def guess(number):
        return quote(Api(app.test_client(), customer.token), gala, f"GUESS-{number}").status_code

    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(guess, range(3 * MOST)))
    assert sorted(heard) == [422] * MOST + [429] * 2 * MOST


def test_a_day_has_fewer_guesses_than_its_minutes(customer, gala, monkeypatch):
    slow = (Limit("promo-code", subject="10/minute"), Limit("promo-code-day", subject="3/day"))
    monkeypatch.setattr(limits, "WRONG_CODES", slow)
    for number in range(3):
        assert_problem(quote(customer, gala, f"GUESS-{number}"), 422, "code_unknown")
    assert_too_many(quote(customer, gala, "SAVE"), "promo-code-day", 24 * 3600)


def test_new_accounts_get_nobody_around_the_limit_of_an_address(as_role, gala, monkeypatch):
    monkeypatch.setattr(limits, "WRONG_CODES", (Limit("promo-code", address="4/hour", subject="3/minute"),))
    heard = [quote(as_role("customer"), gala, f"GUESS-{number}").status_code for number in range(6)]
    assert heard == [422] * 4 + [429] * 2


def test_codes_that_are_right_and_cannot_be_used_are_no_guesses(organizer, customer, gala):
    add_code(organizer, gala, "LATE", valid_from="2031-01-01T00:00:00Z")
    for _ in range(MOST + 1):
        assert_problem(quote(customer, gala, "LATE"), 409, "code_expired")
    assert quote(customer, gala, "SAVE").status_code == 200


def test_while_mongodb_does_not_count_each_worker_counts_for_itself(app, customer, gala, monkeypatch):
    def fail(*_args):
        raise AutoReconnect("gone")

    shared = services_of(app)[Limits]._shared
    monkeypatch.setattr(shared, "hit", fail)
    monkeypatch.setattr(shared, "full", fail)
    for number in range(MOST):
        assert_problem(quote(customer, gala, f"GUESS-{number}"), 422, "code_unknown")
    assert quote(customer, gala, "SAVE").status_code == 429
