"""Count requests by method, route and status, and measure how long they take."""

from prometheus_client import Counter, Histogram

from .metrics import REGISTRY

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
OTHER_METHOD, NO_ROUTE = "other", "none"
REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time from a request's first to its last step in the application.",
    ["method", "route"],
    registry=REGISTRY,
    buckets=(0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Looking up a counter by its labels costs more than counting, so they are kept here. Their number is bounded by those
# of methods, routes and statuses.
_counters: dict[tuple[str, str | None, int], tuple[Counter, Histogram]] = {}


def count(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count a request; `route` is the rule that matched and not the path, of which callers can invent any number."""
    key = (method if method in METHODS else OTHER_METHOD, route, status)
    counters = _counters.get(key)
    if counters is None:
        named = (key[0], route or NO_ROUTE)
        counters = _counters[key] = (REQUESTS.labels(*named, status), SECONDS.labels(*named))
    requests, durations = counters
    requests.inc()
    durations.observe(seconds)
