"""Posts one delivery, signed, and counts what became of it."""

from collections.abc import Callable
from datetime import datetime

import orjson
from prometheus_client import Counter, Histogram

from ..about import INFO
from ..observability.metrics import REGISTRY
from .client import Answer
from .model import Attempt, Delivery
from .receivers import Receivers

TEST_HEADER = "webhook-test"
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

    def post(self, url: str, secrets: list[str], delivery: Delivery) -> tuple[Attempt, Answer]:
        """Post a delivery once, signed with all `secrets`; return the attempt, and the answer of the receiver."""
        now = self._clock()
        if not secrets:
            return _attempt(now, unsigned := Answer(None, 0, error=UNSIGNED)), unsigned
        body = orjson.dumps(delivery["message"])
        headers = {"Content-Type": "application/json", "User-Agent": f"booking-api/{INFO.version}"}
        headers |= self._receivers.signing.sign(secrets, delivery["message_id"], now, body)
        if delivery["test"]:
            headers[TEST_HEADER] = "true"
        answer = self._receivers.client.post(url, headers, body)
        if answer.accepted:
            outcome = "delivered"
        else:
            outcome = "timed_out" if answer.timed_out else "refused" if answer.status else "failed"
        ATTEMPTS.labels(outcome).inc()
        SECONDS.observe(answer.duration_ms / 1000)
        return _attempt(now, answer), answer


def _attempt(at: datetime, answer: Answer) -> Attempt:
    return {
        "at": at,
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "answer": answer.body,
        "error": answer.error,
    }
