"""A client that does not wait for a primary which is known to be away.

The driver waits for as long as an operation may take, and the request's thread with it, however long its monitors have
known that nobody is there. Here an operation still waits where the first connection is being made, and for a moment
where the primary was lost just now, so that an election of a moment refuses nobody.
"""

import math
import time

import pymongo
from pymongo import MongoClient, _csot
from pymongo.errors import ServerSelectionTimeoutError, _OperationCancelled
from pymongo.synchronous.server import Server
from pymongo.synchronous.topology import Topology
from pymongo.topology_description import TopologyDescription

from .failures import cause_of_absence

PATIENCE_SECONDS = 0.45
LOOK_SECONDS = 0.45  # the driver waits in steps of half a second


class PrimaryAway(ServerSelectionTimeoutError):
    """There is known to be no primary, so that nothing was sent.

    It takes none of the labels by which the driver would try the transaction or its commit again within this request.
    """

    def _add_error_label(self, label: str) -> None:
        """Take none."""


class Outage:
    """Since when a deployment is known to have no primary: known by its monitors, who look for themselves.

    One connection that broke makes the driver forget a primary too, until its monitor has looked again.
    """

    def __init__(self, patience: float):
        self._patience = patience
        self._present: TopologyDescription | None = None  # the last description that had a primary
        self._since: float | None = None

    def seconds_left(self, topology: Topology) -> float | None:
        """How long a primary may be waited for; None while there is one, without end while none is known to be away."""
        description = topology.description
        if description is self._present:
            return None
        if description.has_writable_server():
            self._present, self._since = description, None
            return None
        if any(map(_may_be_primary, list(topology._servers.values()))):
            self._since = None
            return math.inf
        since, now = self._since, time.monotonic()
        if since is None:
            since = self._since = now
        return max(0.0, since + self._patience - now)


def _may_be_primary(server: Server) -> bool:
    """Whether its monitor found it to be the primary when it last looked, or has not looked yet."""
    seen = server._monitor._server_description
    if seen.error is not None:
        return isinstance(seen.error, _OperationCancelled)  # it was interrupted, and looks again at once
    return seen.is_writable or not seen.is_server_type_known


class PromptClient(MongoClient):
    """A `MongoClient` whose operations end within `patience` seconds once there is known to be no primary."""

    def __init__(self, *args, patience: float, **options):
        self._outage = Outage(patience)  # first, for the driver looks for unknown attributes among the databases
        super().__init__(*args, **options)

    def _select_server(self, *args, **options):  # private, for the driver has no public way; each operation comes here
        topology = self._get_topology()
        seconds = self._outage.seconds_left(topology)
        if seconds is None:
            return super()._select_server(*args, **options)
        while seconds > 0:
            try:
                with pymongo.timeout(min(seconds, LOOK_SECONDS)):
                    return super()._select_server(*args, **options)
            except ServerSelectionTimeoutError:
                left = _csot.remaining()
                if left is None or left <= 0:
                    raise
            seconds = self._outage.seconds_left(topology)
            if seconds is None:
                seconds = LOOK_SECONDS
            elif seconds < math.inf:
                break  # it has waited for long enough
        with topology._lock:
            topology._request_check_all()  # a monitor that sleeps looks again, so that we hear of its return at once
        address, cause = cause_of_absence(topology.description)
        raise PrimaryAway(f"{address}: {cause}" if address else cause)
