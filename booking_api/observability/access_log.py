"""The access log: a line for each request, which is counted there too."""

import logging
import re
import time
from collections.abc import Collection

from flask import Flask, Request, Response, g, request

from . import logs, request_metrics

log = logging.getLogger(f"{logs.LOGGER}.access")

ALL, NO_PROBES, OFF = CHOICES = ("all", "no-probes", "off")
ADDRESS = re.compile(r"[0-9A-Za-z.:%\[\]]{1,60}")  # of either kind, with its port or zone


def register(app: Flask, choice: str = ALL, probes: Collection[str] = ()) -> None:
    """Log and count every request of `app`; by `choice` none is logged, or none but those that people send.

    `probes` are the routes that machines ask for the service's own sake; preflights of browsers are left out with them.
    Register it before all others: it begins first then, and sees the final answer.
    """
    unlogged = frozenset(probes) if choice == NO_PROBES else frozenset()

    def finish(response: Response) -> Response:
        # Flask's proxies look their object up at each use; this is done for every request.
        asked, notes = request._get_current_object(), g._get_current_object()
        seconds = time.perf_counter() - notes.started
        rule = asked.url_rule
        route = rule.rule if rule is not None else None
        status = response.status_code
        request_metrics.count(asked.method, route, status, seconds)
        if choice == OFF or (unlogged and (route in unlogged or asked.method == "OPTIONS")):
            return response
        if log.isEnabledFor(logging.INFO):
            _write(asked, notes, route, status, round(seconds * 1000, 1))
        return response

    app.before_request(_begin)
    app.after_request(finish)


def _begin() -> None:
    g.started = time.perf_counter()


def _write(asked: Request, notes: object, route: str | None, status: int, milliseconds: float) -> None:
    method, path = asked.method, asked.path
    if not (path.isascii() and path.isprintable()):
        path = path.encode("unicode_escape").decode()
    address = asked.remote_addr or ""  # after the trusted proxies, one of which may have passed on what a caller wrote
    if not ADDRESS.fullmatch(address):
        address = None
    fields = {
        "request_id": notes.get("request_id"),
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
    logs.write_access_line(log, f"{method} {path} {status} {milliseconds}ms {address or '-'}", fields)
