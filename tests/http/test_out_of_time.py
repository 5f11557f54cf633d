"""A time limit that ran out in our own code is not put down to MongoDB."""

import logging
import math
import time

import pytest
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from booking_api.config import Settings
from booking_api.http import time_limit
from booking_api.http.fields import Text
from booking_api.http.services import services_of
from booking_api.storage import deadline as deadlines
from booking_api.storage.deadline import was_over_before

from ..asserting import assert_problem
from ..builders import make_event

SECONDS = 0.3
NOT_SENT = ExecutionTimeout("operation would exceed time limit, remaining timeout:-5 <= network round trip time:0", 50)


def wait_for_the_end(seconds=SECONDS):
    """What our own code does with the time of a request."""
    while deadlines.seconds_left() > -seconds:
        time.sleep(0.01)


def test_a_request_that_takes_too_long_to_read_is_out_of_time(app, customer, monkeypatch, caplog):
    read = Text._deserialize
    monkeypatch.setitem(app.extensions, time_limit.SECONDS, SECONDS)

    def slowly(*args, **kwargs):
        time.sleep(SECONDS / 2)
        return read(*args, **kwargs)

    monkeypatch.setattr(Text, "_deserialize", slowly)
    with caplog.at_level(logging.WARNING):
        answer = customer.patch("/users/me", {"name": "Ada"})
    assert_problem(answer, 503, "out_of_time")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "MongoDB was not asked" in caplog.text and "did not answer" not in caplog.text
    monkeypatch.undo()
    assert customer.get("/users/me").json["name"] != "Ada"
    assert customer.patch("/users/me", {"name": "Ada"}).status_code == 200


def test_a_request_that_is_late_when_it_asks_mongodb_is_out_of_time(real_app, as_real_role, monkeypatch, caplog):
    organizer = as_real_role("organizer")
    event = make_event(organizer)
    monkeypatch.setitem(real_app.extensions, time_limit.SECONDS, SECONDS)
    real_app.before_request_funcs[None].append(lambda: wait_for_the_end(1.5))
    with caplog.at_level(logging.WARNING):
        answer = organizer.delete(f"/events/{event['id']}")
    assert_problem(answer, 503, "out_of_time")
    assert "late before MongoDB was asked" in caplog.text and "did not answer" not in caplog.text


@pytest.mark.parametrize(
    ("error", "late", "ours"),
    [
        (NOT_SENT, 2, True),
        (NOT_SENT, 0.5, False),  # MongoDB was waited for, and the clearing up took its time
        (ExecutionTimeout("operation exceeded time limit", 50), 1, False),
        (NetworkTimeout("timed out"), 1, False),
        (NetworkTimeout("timed out"), 10, True),
        (NetworkTimeout("timed out"), -math.inf, False),
    ],
)
def test_only_what_was_never_asked_for_in_time_is_our_own_fault(monkeypatch, error, late, ours):
    monkeypatch.setattr(deadlines, "seconds_left", lambda: -late)
    assert was_over_before(error) is ours


def test_the_reading_of_a_request_leaves_time_for_a_transaction(app):
    services = services_of(app)
    seconds = app.extensions[time_limit.SECONDS]
    assert seconds * (1 - time_limit.READING_SHARE) > services[Settings].request_seconds * 0.6
