"""Counts requests by outcome: the status of the booking afterwards, or the code of the problem that was raised."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from bson import ObjectId
from prometheus_client import Counter

from ..errors import Problem
from ..observability.metrics import REGISTRY
from .ledger import Request

UNKNOWN = "unknown"  # MongoDB did not answer: the request may or may not have been applied
SETTLED = Counter("bookings_settled", "Requests applied to bookings.", ["action", "outcome"], registry=REGISTRY)
counter = cache(SETTLED.labels)  # looking up a counter by its labels costs more than incrementing it


def counted(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a method that applies a request to an event, so that its outcomes are counted."""

    @wraps(apply)
    def apply_and_count(self: Any, event_id: ObjectId, request: Request) -> Any:
        outcome = UNKNOWN
        try:
            result = apply(self, event_id, request)
            outcome = request.outcome(result)
            return result
        except Problem as problem:
            outcome = problem.code
            raise
        finally:
            counter(request.action, outcome).inc()

    return apply_and_count
