"""Every request ends within its time limit, whatever MongoDB does."""

import logging

from flask import Flask, current_app, g

from ..storage.deadline import OutOfTime, deadline

log = logging.getLogger(__name__)

SECONDS = "booking_api.time_limit"
READING_SHARE = 0.35  # of a request's time: a transaction that began later might not end in time


def register(app: Flask, seconds: float) -> None:
    """Limit the MongoDB operations of each request of `app` to so many seconds in total."""

    def begin() -> None:
        g.limit = deadline(seconds)
        g.limit.__enter__()

    def end(_error: BaseException | None) -> None:
        if "limit" in g:
            g.pop("limit").__exit__(None, None, None)

    app.extensions[SECONDS] = seconds
    app.before_request(begin)
    app.teardown_request(end)


def require_time_after(reading_seconds: float) -> None:
    """Raise `OutOfTime` if reading the request took too much of its time, so that MongoDB is not blamed."""
    if reading_seconds > READING_SHARE * current_app.extensions[SECONDS]:
        log.warning("Out of time: it took %.1f s to read the request. MongoDB was not asked.", reading_seconds)
        raise OutOfTime
