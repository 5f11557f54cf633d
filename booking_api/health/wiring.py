"""Build the operational routes."""

from collections.abc import Callable

from ..core import Core
from ..jobs.administration import OutboxAdministration
from ..observability import metrics as counted
from ..observability.process_metrics import ProcessUsage
from ..openapi import pages
from ..storage.client import pool_sizes
from . import metrics, routes
from .routes import PROBES

__all__ = ["PROBES", "build"]


def build(core: Core, waiting_requests: Callable[[], int]) -> None:
    """Build the gauges that each process samples, the operational routes, and the pages."""
    client = core.database.client
    usage = ProcessUsage()
    sampler = counted.Sampler(
        {
            counted.WAITING_REQUESTS: waiting_requests,
            counted.QUEUED_JOBS: core.jobs.waiting,
            counted.CONNECTIONS.labels("in_use"): lambda: pool_sizes(client)[0],
            counted.CONNECTIONS.labels("idle"): lambda: pool_sizes(client)[1],
            **usage.sources,
        },
        [usage.count],
    )
    administration = OutboxAdministration(core.outbox)
    core.offer(sampler, administration, metrics.Monitor(administration, sampler, core.settings.metrics_token))
    for blueprint in (routes.blueprint, metrics.blueprint, pages.blueprint):
        core.app.register_blueprint(blueprint)
