"""Counts what becomes of requests on the books: the booking's status after it, or the code of the refusal."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from prometheus_client import Counter

from ..errors import Problem
from ..observability.metrics import REGISTRY
from .ledger import Cancellation, Expiry, HoldConfirmation, Order

ACTIONS = {Order: "book", Cancellation: "cancel", HoldConfirmation: "confirm", Expiry: "expire"}
UNKNOWN = "unknown"  # MongoDB did not answer: it may have been done or not
SETTLED = Counter("bookings_settled", "Requests on the books.", ["action", "outcome"], registry=REGISTRY)
counter = cache(SETTLED.labels)  # to find a label's counter costs more than to count


def counted(settle: Callable[..., Any]) -> Callable[..., Any]:
    """Wear this on a method that settles a request of the ledger."""

    @wraps(settle)
    def settle_and_count(self, event_id, request):
        outcome = UNKNOWN
        try:
            booking = settle(self, event_id, request)
            outcome = booking["status"] if booking else "none"
            return booking
        except Problem as problem:
            outcome = problem.code
            raise
        finally:
            counter(ACTIONS[type(request)], outcome).inc()

    return settle_and_count
