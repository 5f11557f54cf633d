"""Counts what becomes of those who wait."""

from collections.abc import Callable

from prometheus_client import Counter

from ..observability.metrics import REGISTRY
from .queue import Queue
from .rules import OFFERED

JOINED = Counter("waitlist_joined", "People who have joined a waiting list.", registry=REGISTRY)
OFFERS = Counter(
    "waitlist_offers", "Offers that were made, and what has become of them.", ["outcome"], registry=REGISTRY
)


def count(queue: Queue) -> Callable[[], None]:
    """Return what counts the changes of a transaction once it is committed."""
    made = [each.entry["status"] for each in queue.joined] + [each.get("status") for each in queue.changed.values()]

    def count_all() -> None:
        JOINED.inc(len(queue.joined))
        if offered := made.count(OFFERED):
            OFFERS.labels(OFFERED).inc(offered)
        for status in queue.answers.values():
            OFFERS.labels(status).inc()

    return count_all
