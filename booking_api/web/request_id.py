"""`X-Request-ID`: taken from the caller or made, returned, and in every log line of the request."""

import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, has_request_context, request

USABLE = re.compile(r"[\x21-\x7e]{1,128}")  # visible ASCII, so that a log line cannot be forged
access_log = logging.getLogger("booking_api.access")


def register(app: Flask) -> None:
    """Give every request of `app` an id, and log one line for each."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if USABLE.fullmatch(given) else secrets.token_hex(16)
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    access_log.info(
        "%s %s %s %.1fms",
        request.method,
        request.path.encode("unicode_escape").decode(),
        response.status_code,
        (time.perf_counter() - g.started) * 1000,
    )
    return response


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to log records; `-` outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.request_id = g.get("request_id", "-") if has_request_context() else "-"
        return True


def configure_logging(level: str) -> None:
    """Log to standard error, one line a record, with the request's id."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"))
    logger = logging.getLogger("booking_api")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
