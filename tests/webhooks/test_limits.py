"""How often an organizer may have names looked up and receivers called, and what operators see of those calls."""

from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.rate_limits import Limit
from booking_api.http.services import services_of
from booking_api.observability.metrics import REGISTRY
from booking_api.storage.indexes import Stores
from booking_api.webhooks import limits

from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import make_event, sign_up
from ..fakes import answered
from .driving import URL, make_webhook

NEW = {"url": URL, "types": ["*"]}


@pytest.fixture
def limited(indexed, database, outgoing, receiving, monkeypatch):
    """An app that limits rates."""
    monkeypatch.setattr(limits, "SAVE", Limit("webhooks", subject="4/day"))
    monkeypatch.setattr(limits, "SEND", Limit("webhook-deliveries", subject="2/day"))
    settings = replace(SETTINGS, ratelimit_enabled=True)
    made = create_app(settings, database=database, sender=outgoing, receivers=receiving.receivers, clock=now)
    services_of(made)[Stores].ensure_indexes()
    return made


def test_an_organizer_saves_and_sends_so_often_and_delays_no_other(limited):
    organizer, other = sign_up(limited, "organizer"), sign_up(limited, "organizer")
    path = f"/webhooks/{make_webhook(organizer)['id']}"
    delivery = organizer.post(f"{path}/test").json["id"]
    assert organizer.post(f"{path}/deliveries/{delivery}/replay").status_code == 202
    for refused in (f"{path}/test", f"{path}/deliveries/{delivery}/replay"):
        assert_problem(organizer.post(refused), 429, "too_many_requests")
    assert organizer.patch(path, {"types": ["event.updated"]}).status_code == 200
    assert organizer.post(f"{path}/secret").status_code == 200
    assert organizer.post("/webhooks", NEW).status_code == 201
    assert_problem(organizer.patch(path, {"url": URL}), 429, "too_many_requests")
    assert_problem(organizer.post("/webhooks", NEW), 429, "too_many_requests")
    assert organizer.delete(path).status_code == 204
    assert other.post("/webhooks", NEW).status_code == 201


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answered(), "delivered"),
        (answered(500), "refused"),
        (answered(None, error="connection refused"), "failed"),
        (answered(None, error="timed out", timed_out=True), "timed_out"),
        (answered(200, error="the answer is incomplete"), "refused"),
    ],
)
def test_each_attempt_is_counted_by_its_outcome(organizer, webhook, work, receiving, answer, outcome):
    def count():
        attempts = REGISTRY.get_sample_value("webhook_attempts_total", {"outcome": outcome}) or 0
        return attempts, REGISTRY.get_sample_value("webhook_attempt_seconds_count")

    receiving.answers = lambda *_post: answer
    before = count()
    make_event(organizer)
    work()
    assert count() == (before[0] + 1, before[1] + 1)
