"""The access log: write a line for each request, and count it for the metrics."""

import logging
import re
import time
from collections.abc import Callable, Collection
from functools import cached_property

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
    `routes` returns all routes. Where one has a secret, a path that begins like it hides the secret too, although it
    was asked for by a wrong method or ends in a slash too many.
    """

    def __init__(self, choice: str = ALL, probes: Collection[str] = (), routes: Callable[[], Collection[str]] = list):
        self._choice = choice
        self._routes = routes
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
            _write(asked, notes, route, self._path(asked, route), status, round(seconds * 1000, 1))

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(route.partition(HIDDEN_PART)[0] for route in self._routes() if HIDDEN_PART in route)

    def _path(self, asked: Request, route: str | None) -> str:
        path = asked.path
        if route is None:
            plain = "/" + path.lower().lstrip("/")
            hiding = (beginning for beginning in self._beginnings if plain.startswith(beginning))
            path = next((f"{beginning}..." for beginning in hiding), path)
        elif HIDDEN_PART in route:
            return route
        return path if path.isascii() and path.isprintable() else path.encode("unicode_escape").decode()


def _write(
    asked: Request, notes: _AppCtxGlobals, route: str | None, path: str, status: int, milliseconds: float
) -> None:
    address = asked.remote_addr  # as the trusted proxies report it, who may have copied what a caller wrote
    if address is not None and not ADDRESS.fullmatch(address):
        address = None
    fields = {
        "request_id": notes.request_id,
        "client_ip": address,
        "method": asked.method,
        "route": route,
        "path": path,
        "status": status,
        "ms": milliseconds,
    }
    caller = notes.get("caller")
    if caller is not None:
        fields["user_id"] = str(caller.id)
    logs.write_access_line(log, fields)
