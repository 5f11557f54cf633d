"""The access log: a line for each request, which is counted there too."""

import logging
import time

from flask import Flask, Request, Response, g, request

from . import logs, request_metrics

log = logging.getLogger(f"{logs.LOGGER}.access")


def register(app: Flask) -> None:
    """Log and count every request of `app`.

    Register it before all others: it begins first then, and sees the final answer.
    """
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    # Flask's proxies look their object up at each use; this is done for every request.
    asked, notes = request._get_current_object(), g._get_current_object()
    seconds = time.perf_counter() - notes.started
    rule = asked.url_rule
    route = rule.rule if rule is not None else None
    status = response.status_code
    request_metrics.count(asked.method, route, status, seconds)
    if log.isEnabledFor(logging.INFO):
        _write(asked, notes, route, status, round(seconds * 1000, 1))
    return response


def _write(asked: Request, notes: object, route: str | None, status: int, milliseconds: float) -> None:
    method, path = asked.method, asked.path
    if not (path.isascii() and path.isprintable()):
        path = path.encode("unicode_escape").decode()
    fields = {
        "request_id": notes.get("request_id"),
        "method": method,
        "route": route,
        "path": path,
        "status": status,
        "ms": milliseconds,
    }
    caller = notes.get("caller")
    if caller is not None:
        fields["user_id"] = str(caller.id)
    logs.write_access_line(log, f"{method} {path} {status} {milliseconds}ms", fields)
