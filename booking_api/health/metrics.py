"""`GET /metrics`: the metrics of the workers, and the state of the outbox, which is read from MongoDB on request."""

import hmac
import platform
import threading
import time
from collections.abc import Iterator

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from pymongo.errors import PyMongoError

from ..about import INFO
from ..auth import access
from ..errors import Unauthenticated
from ..http.services import service
from ..jobs.administration import OutboxAdministration
from ..observability.metrics import Sampler, exposition
from ..storage.deadline import deadline

ASK_SECONDS = 2.0  # Prometheus waits for 10 s unless told otherwise
KEEP_SECONDS = 5.0  # MongoDB is not asked more often, however often this is called
BUILD = InfoMetricFamily(
    "booking_build",
    "Which version answers, on which Python.",
    {"version": INFO.version, "python": platform.python_version()},
)

blueprint = Blueprint("metrics", __name__)


class MetricsTokenRequired(Unauthenticated):
    """The numbers of this service are for its operator, who has set a token for them.

    Send `Authorization: Bearer <METRICS_TOKEN>`, with the token of the setting of that name.
    """

    code = "metrics_token_required"
    title = "The metrics token is required"


class Monitor:
    """All metrics of the service, with or without MongoDB."""

    def __init__(self, administration: OutboxAdministration, sampler: Sampler, token: str | None):
        self._administration = administration
        self._sampler = sampler
        self._token = token
        self._asking = threading.Lock()
        self._asked = float("-inf")
        self._owed: list[Metric] = []

    def require_token(self, given: str) -> None:
        """Raise `MetricsTokenRequired` if a token is set and the header does not carry it."""
        expected = f"Bearer {self._token}"
        if self._token and not hmac.compare_digest(given.encode(), expected.encode()):
            raise MetricsTokenRequired("These numbers need METRICS_TOKEN as a bearer token.")

    def render(self) -> bytes:
        """Return everything in Prometheus's text format."""
        self._sampler.sample()
        registry = CollectorRegistry()
        registry.register(self)
        return exposition() + generate_latest(registry)

    def describe(self) -> list[Metric]:
        """Return nothing, because the metrics are not known before MongoDB has answered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the version, and what the outbox has, at most `KEEP_SECONDS` old; without MongoDB, `mongodb_up`."""
        yield BUILD
        with self._asking:
            if time.monotonic() - self._asked > KEEP_SECONDS:
                self._owed = self._ask()
                self._asked = time.monotonic()
            yield from self._owed

    def _ask(self) -> list[Metric]:
        up = GaugeMetricFamily("mongodb_up", "Whether MongoDB said in time what is owed.", value=0)
        jobs = GaugeMetricFamily("outbox_jobs", "Jobs that are owed or have failed.", labels=["state", "kind"])
        age = GaugeMetricFamily("outbox_oldest_due_seconds", "How long the oldest job that is due has waited.")
        try:
            with deadline(ASK_SECONDS):
                rows, oldest = self._administration.owed(), self._administration.oldest_age()
        except PyMongoError:
            return [up]
        up.samples.clear()
        up.add_metric([], 1)
        for row in rows:
            jobs.add_metric([row["state"], row["kind"]], row["jobs"])
        age.add_metric([], oldest or 0)
        return [up, jobs, age]


monitor = service(Monitor)


@blueprint.get("/metrics")
@access.public
def read() -> Response:
    """Return the metrics of all workers, for Prometheus."""
    monitor.require_token(request.headers.get("Authorization", ""))
    return Response(monitor.render(), content_type=CONTENT_TYPE_LATEST)
