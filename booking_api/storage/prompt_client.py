"""A client that does not wait for a primary which is known to be away.

The driver waits for as long as an operation may take, and blocks the request's thread, even if its monitors have long
known that there is no primary. This client waits only while the first connection is being made, and for a moment after
the primary was lost, so that a short election fails no request.

It also sends nothing to a primary that has fallen silent: the driver would do so until its monitor's time-out, and each
operation would take a thread. The heartbeat is the probe; with the next one everybody is let through again.
"""

import contextlib
import math
import time
from typing import Any

import pymongo
from pymongo import MongoClient, _csot
from pymongo.errors import ServerSelectionTimeoutError, _OperationCancelled
from pymongo.synchronous.pool import Connection, Pool
from pymongo.synchronous.server import Server
from pymongo.synchronous.topology import Topology
from pymongo.topology_description import TopologyDescription

from .failures import cause_of_absence

PATIENCE_SECONDS = 0.45
LOOK_SECONDS = 0.45  # the driver waits in steps of half a second
SILENT_SECONDS = 2.0


class PrimaryAway(ServerSelectionTimeoutError):
    """There is known to be no primary, so nothing was sent.

    It accepts no error labels: by them the driver would retry the transaction or its commit within this request.
    """

    def _add_error_label(self, label: str) -> None:
        """Ignore the label."""


class Outage:
    """Since when a deployment has had no primary that answers, according to the driver's monitors.

    The driver also forgets a primary when a single connection breaks; that does not count until a monitor has checked.
    A primary is silent if it has sent neither a heartbeat nor the answer to an operation for `SILENT_SECONDS`.
    """

    def __init__(self, patience: float):
        self._patience = patience
        self._present: TopologyDescription | None = None  # the last description that had a primary
        self._trusted_until = 0.0  # it was heard, and is not silent before this time
        self._since: float | None = None
        self._undecided_since: float | None = None  # a monitor has been looking again since then

    def seconds_left(self, topology: Topology) -> float | None:
        """Return how long to wait for a primary: None if there is one, infinity if it is not known to be away."""
        description, now = topology.description, time.monotonic()
        if description is self._present and now < self._trusted_until:
            return None
        if description.has_writable_server():
            trusted_until = _last_heard(topology, description) + SILENT_SECONDS
            if now < trusted_until:
                self._present, self._trusted_until = description, trusted_until
                self._since = self._undecided_since = None
                return None
        elif any(map(_may_be_primary, list(topology._servers.values()))) and self._is_undecided(now):
            self._since = None
            return math.inf
        since = self._since
        if since is None:
            since = self._since = now
        return max(0.0, since + self._patience - now)

    def _is_undecided(self, now: float) -> bool:
        """Whether a monitor that looks again may still find the primary that was there, or has not connected yet.

        Each connection that breaks interrupts it, so that in an outage it may not come to an end for a long time.
        """
        if self._present is None:
            return True
        since = self._undecided_since
        if since is None:
            since = self._undecided_since = now
        return now < since + SILENT_SECONDS


def _last_heard(topology: Topology, description: TopologyDescription) -> float:
    """Return when a writable server last answered its monitor or an operation, as `time.monotonic()` tells it."""
    heard = -math.inf
    for address, seen in description.server_descriptions().items():
        if seen.is_writable:
            heard = max(heard, seen.last_update_time or 0.0)
            # A rush may delay the monitor's thread; a connection is only put back when its server has answered.
            with contextlib.suppress(KeyError, IndexError, RuntimeError):  # the pools change meanwhile
                heard = max(heard, topology._servers[address].pool.conns[0].last_checkin_time)
    return heard


def _may_be_primary(server: Server) -> bool:
    """Whether its monitor found it to be the primary at the last check, or has not checked yet."""
    seen = server._monitor._server_description
    if seen.error is not None:
        return isinstance(seen.error, _OperationCancelled)  # the check was interrupted, and is repeated at once
    return seen.is_writable or not seen.is_server_type_known


class PromptPool(Pool):
    """A pool that makes a connection within `connectTimeoutMS`.

    The driver gives it all of an operation's time instead, and cannot interrupt it. Where nobody answers at an address,
    two threads of each process would hang there until the time of their request is over.
    """

    def connect(self, handler: Any = None) -> Connection:
        """Return a new connection; raises `ConnectionFailure`."""
        if _csot.get_timeout() is None:  # for a monitor; it already keeps to that time
            return super().connect(handler)
        with pymongo.timeout(self.opts.connect_timeout):
            return super().connect(handler)


class PromptClient(MongoClient[Any]):
    """A `MongoClient` whose operations end within `patience` seconds once there is known to be no primary."""

    def __init__(self, *args: Any, patience: float, **options: Any):
        self._outage = Outage(patience)  # first, because the driver takes unknown attributes for names of databases
        super().__init__(*args, _pool_class=PromptPool, **options)

    def _select_server(self, *args: Any, **options: Any) -> Server:
        # Overrides a private method, since the driver has no public hook; every operation calls it.
        topology = self._get_topology()
        seconds = self._outage.seconds_left(topology)
        if seconds is None:
            return super()._select_server(*args, **options)
        while seconds is None or seconds > 0:
            moment = LOOK_SECONDS if seconds is None else min(seconds, LOOK_SECONDS)
            silent = seconds is not None and topology.description.has_writable_server()
            if silent:
                with topology._lock:
                    topology._condition.wait(_csot.clamp_remaining(moment))  # for a heartbeat
            else:
                try:
                    with pymongo.timeout(moment):
                        return super()._select_server(*args, **options)
                except ServerSelectionTimeoutError:
                    pass
            left = _csot.remaining()
            if left is None or left <= 0:
                break
            seconds = self._outage.seconds_left(topology)
            if not silent and seconds is not None and seconds < math.inf:
                break  # it has waited for long enough
        with topology._lock:
            topology._request_check_all()  # wake sleeping monitors, so that the return of a primary is noticed at once
        address, cause = cause_of_absence(topology.description)
        raise PrimaryAway(f"{address}: {cause}" if address else cause)
