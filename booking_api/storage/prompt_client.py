"""A client that does not wait for a primary which is known to be away.

The driver waits for as long as an operation may take, and the request's thread with it, however long its monitors have
known that nobody is there. Here an operation still waits where the first connection is being made, and for a moment
where the primary was lost just now, so that an election of a moment refuses nobody.
"""

import math
import time

import pymongo
from pymongo import MongoClient
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.topology_description import TopologyDescription

from .failures import cause_of_absence

PATIENCE_SECONDS = 0.7


class PrimaryAway(ServerSelectionTimeoutError):
    """There is known to be no primary, so that nothing was sent.

    It takes none of the labels by which the driver would try the transaction or its commit again within this request.
    """

    def _add_error_label(self, label: str) -> None:
        """Take none."""


class Outage:
    """Since when a deployment is known to have no primary."""

    def __init__(self, patience: float):
        self._patience = patience
        self._present: TopologyDescription | None = None  # the last description that had a primary
        self._since: float | None = None

    def seconds_left(self, description: TopologyDescription) -> float:
        """How long may still be waited for a primary: without end while there is one, or none was looked for yet."""
        if description is self._present:
            return math.inf
        if description.has_writable_server():
            self._present, self._since = description, None
            return math.inf
        servers = description.server_descriptions().values()
        if self._present is None and all(server.error is None for server in servers):
            return math.inf
        since, now = self._since, time.monotonic()
        if since is None:
            since = self._since = now
        return max(0.0, since + self._patience - now)


class PromptClient(MongoClient):
    """A `MongoClient` whose operations end within `patience` seconds once there is known to be no primary."""

    def __init__(self, *args, patience: float, **options):
        self._outage = Outage(patience)  # first, for the driver looks for unknown attributes among the databases
        super().__init__(*args, **options)

    def _select_server(self, *args, **options):  # private, for the driver has no public way; each operation comes here
        topology = self._topology
        if topology is None:
            return super()._select_server(*args, **options)
        seconds = self._outage.seconds_left(topology.description)
        if seconds == math.inf:
            return super()._select_server(*args, **options)
        if seconds > 0:
            with pymongo.timeout(seconds):
                return super()._select_server(*args, **options)
        with topology._lock:
            topology._request_check_all()  # a monitor that sleeps looks again, so that we hear of its return at once
        address, cause = cause_of_absence(topology.description)
        raise PrimaryAway(f"{address}: {cause}" if address else cause)
