"""Every request ends within its time limit, whatever MongoDB does."""

import logging
from typing import cast

from flask import Flask, current_app

from ..storage.deadline import OutOfTime

log = logging.getLogger(__name__)

SECONDS = "booking_api.time_limit"
LIMIT_SHARE = 0.95  # of a request's time: the most that its MongoDB operations may take in total
READING_SHARE = 0.35  # of a request's time: a transaction that began later might not end in time


def register(app: Flask, request_seconds: float) -> None:
    """Note how long the MongoDB operations of a request of `app` may take, of the time that a request has."""
    app.extensions[SECONDS] = request_seconds * LIMIT_SHARE


def seconds_of(app: Flask) -> float:
    """Return how many seconds the MongoDB operations of a request may take in total."""
    return cast(float, app.extensions[SECONDS])


def require_time_after(reading_seconds: float) -> None:
    """Raise `OutOfTime` if reading the request took too much of its time, so that MongoDB is not blamed."""
    if reading_seconds > READING_SHARE * seconds_of(current_app):
        log.warning("Out of time: it took %.1f s to read the request. MongoDB was not asked.", reading_seconds)
        raise OutOfTime
