"""Counts what becomes of payments."""

from collections.abc import Callable, Sequence

from prometheus_client import Counter

from ..observability.metrics import REGISTRY

PAYMENTS = Counter(
    "payments",
    "Payments that were opened, and what has become of them.",
    ["mode", "outcome"],
    registry=REGISTRY,
)


def count(outcomes: Sequence[tuple[str, str]]) -> Callable[[], None]:
    """Return what counts modes with outcomes once the transaction is committed."""

    def count_all() -> None:
        for mode, outcome in outcomes:
            PAYMENTS.labels(mode, outcome).inc()

    return count_all
