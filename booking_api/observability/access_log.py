"""The access log: write a line for each request, and count it for the metrics."""

import logging
import re
import time
from collections.abc import Collection

from flask import Request, Response
from flask.ctx import _AppCtxGlobals

from . import logs, request_metrics

log = logging.getLogger(f"{logs.LOGGER}.access")

ALL, NO_PROBES, OFF = CHOICES = ("all", "no-probes", "off")
HIDDEN_PART = "<secret:"  # begins a part of a route that must not be in any log
ADDRESS = re.compile(r"[0-9A-Za-z.:%\[\]]{1,60}")  # of either kind, with its port or zone


class AccessLog:
    """Counts every request, and logs all of them, all but probes, or none, by `choice`.

    `probes` are the routes that platforms and monitoring call; preflight requests of browsers are left out with them.
    """

    def __init__(self, choice: str = ALL, probes: Collection[str] = ()):
        self._choice = choice
        self._unlogged = frozenset(probes) if choice == NO_PROBES else frozenset()

    def note(self, asked: Request, notes: _AppCtxGlobals, response: Response) -> None:
        """Count and log a request with its final answer; `notes` is its `g`, which has `started` and `request_id`."""
        seconds = time.perf_counter() - notes.started
        rule = asked.url_rule
        route = rule.rule if rule is not None else None
        status = response.status_code
        request_metrics.count(asked.method, route, status, seconds)
        if self._choice == OFF or (self._unlogged and (route in self._unlogged or asked.method == "OPTIONS")):
            return
        if log.isEnabledFor(logging.INFO):
            _write(asked, notes, route, status, round(seconds * 1000, 1))


def _write(asked: Request, notes: _AppCtxGlobals, route: str | None, status: int, milliseconds: float) -> None:
    method, path = asked.method, asked.path
    if route is not None and HIDDEN_PART in route:
        path = route
    elif not (path.isascii() and path.isprintable()):
        path = path.encode("unicode_escape").decode()
    address = asked.remote_addr  # as the trusted proxies report it, who may have copied what a caller wrote
    if address is not None and not ADDRESS.fullmatch(address):
        address = None
    fields = {
        "request_id": notes.request_id,
        "client_ip": address,
        "method": method,
        "route": route,
        "path": path,
        "status": status,
        "ms": milliseconds,
    }
    caller = notes.get("caller")
    if caller is not None:
        fields["user_id"] = str(caller.id)
    logs.write_access_line(log, fields)
