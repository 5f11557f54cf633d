"""How often somebody may join waiting lists; the counters need the real server."""

from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.rate_limits import Limit
from booking_api.waitlist import limits

from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import book, make_event, sign_up
from .people import join


@pytest.fixture
def limited(indexed, database, outgoing, monkeypatch):
    """An app that limits rates."""
    monkeypatch.setattr(limits, "JOIN", Limit("waitlist-join", subject="2/day"))
    return create_app(replace(SETTINGS, ratelimit_enabled=True), database=database, sender=outgoing, clock=now)


def test_nobody_joins_and_leaves_without_end(limited):
    organizer, customer, other = (
        sign_up(limited, "organizer"),
        sign_up(limited, "customer"),
        sign_up(limited, "customer"),
    )
    event = make_event(organizer, total_tickets=1)
    book(other, event)
    path = f"/events/{event['id']}/waitlist"
    for _ in range(2):
        join(customer, event)
        assert customer.delete(path).status_code == 204
    assert_problem(customer.post(path, {"quantity": 1}), 429, "too_many_requests")
    join(other, event)
