"""Posts one delivery, signed, and counts what became of it."""

from collections.abc import Callable
from datetime import datetime

import orjson
from prometheus_client import Counter, Histogram

from ..about import INFO
from ..observability.metrics import REGISTRY
from .model import Attempt, Delivery
from .receivers import Receivers
from .rules import is_success

TEST_HEADER = "webhook-test"
LONGEST_ANSWER, LONGEST_ERROR = 1024, 300  # characters
UNSIGNED = "The signing secret cannot be read any more: replace it with POST /api/v1/webhooks/{id}/secret."
ATTEMPTS = Counter("webhook_attempts", "Attempts to deliver, by outcome.", ["outcome"], registry=REGISTRY)
SECONDS = Histogram(
    "webhook_attempt_seconds",
    "How long attempts to deliver took.",
    registry=REGISTRY,
    buckets=(0.1, 0.5, 2, 5, 15),
)


class Postman:
    """Posts deliveries to receivers. What they do wrong is in the attempt, and never raised."""

    def __init__(self, receivers: Receivers, clock: Callable[[], datetime]):
        self._receivers = receivers
        self._clock = clock

    def post(self, url: str, secrets: list[str], delivery: Delivery) -> tuple[Attempt, bool]:
        """Post a delivery once, signed with all `secrets`; return the attempt, and whether it ran out of time."""
        now = self._clock()
        if not secrets:
            return _attempt(now, None, 0, "", UNSIGNED), False
        body = orjson.dumps(delivery["message"])
        headers = {"Content-Type": "application/json", "User-Agent": f"booking-api/{INFO.version}"}
        headers |= self._receivers.signing.sign(secrets, delivery["message_id"], now, body)
        if delivery["test"]:
            headers[TEST_HEADER] = "true"
        answer = self._receivers.client.post(url, headers, body)
        attempt = _attempt(now, answer.status, answer.duration_ms, answer.body, answer.error)
        if is_success(attempt):
            outcome = "delivered"
        else:
            outcome = "timed_out" if answer.timed_out else "refused" if answer.status else "failed"
        ATTEMPTS.labels(outcome).inc()
        SECONDS.observe(answer.duration_ms / 1000)
        return attempt, answer.timed_out


def _attempt(at: datetime, status: int | None, duration_ms: int, answer: str, error: str | None) -> Attempt:
    return {
        "at": at,
        "status": status,
        "duration_ms": duration_ms,
        # Neither is ours: cut once more, and without what MongoDB does not take.
        "answer": _plain(answer)[:LONGEST_ANSWER],
        "error": error and _plain(error)[:LONGEST_ERROR],
    }


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()
