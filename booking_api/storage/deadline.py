"""How long the work at hand may still take: one limit for a request, whatever it asks of MongoDB."""

import contextlib
import math
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pymongo
from pymongo.errors import ExecutionTimeout, PyMongoError

from ..errors import Unavailable

# A wait for MongoDB ends with the limit, or with the clearing up after it: later than that, the time went elsewhere.
OVERDUE_SECONDS, LONG_OVERDUE_SECONDS = 0.1, 3.0
NOT_SENT = "operation would exceed time limit"  # the driver's own words, where it has not even asked


class OutOfTime(Unavailable):
    """The service itself was too slow, and the time of the request was over before the database could do its part.

    Send the same request again after the seconds in `Retry-After`; a write with the same `Idempotency-Key`, or look
    before you repeat it.
    """

    code = "out_of_time"
    title = "Out of time"


_end: ContextVar[float] = ContextVar("end", default=math.inf)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End every operation of the block, and every wait that asks `seconds_left`, within so many seconds.

    A limit inside another one can only shorten it.
    """
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        with pymongo.timeout(seconds):
            yield
    finally:
        _end.reset(token)


def seconds_left() -> float:
    """Seconds until the limit; infinite where there is none."""
    return _end.get() - time.monotonic()


def was_over_before(error: PyMongoError) -> bool:
    """Whether MongoDB is not to blame for this error: the limit was over before it was asked for what failed."""
    late = -seconds_left()
    not_sent = isinstance(error, ExecutionTimeout) and NOT_SENT in str(error)
    return late > (OVERDUE_SECONDS if not_sent else LONG_OVERDUE_SECONDS)
