"""How long the current work may still take: one deadline for all operations of a request."""

import math
import time
from contextvars import ContextVar
from typing import Any

import pymongo
from pymongo.errors import ExecutionTimeout, PyMongoError

from ..errors import Unavailable

# A wait for MongoDB ends at the deadline, or with the clean-up after it. If it is later, the time was spent elsewhere.
OVERDUE_SECONDS, LONG_OVERDUE_SECONDS = 1.0, 3.0
NOT_SENT = "operation would exceed time limit"  # how the driver says that it did not even send the operation


class OutOfTime(Unavailable):
    """The service itself was too slow, and the time of the request was over before the database could do its part.

    Send the same request again after the seconds in `Retry-After`; a write with the same `Idempotency-Key`, or look
    before you repeat it.
    """

    code = "out_of_time"
    title = "Out of time"


_end: ContextVar[float] = ContextVar("end", default=math.inf)


class deadline:
    """Limit a `with` block to so many seconds: its database operations, and waits that ask `seconds_left`.

    A deadline inside another one can only shorten it.
    """

    __slots__ = ("_driver", "_seconds", "_token")

    def __init__(self, seconds: float):
        self._seconds = seconds

    def __enter__(self) -> None:
        self._driver = pymongo.timeout(self._seconds)
        self._token = _end.set(min(_end.get(), time.monotonic() + self._seconds))
        self._driver.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._driver.__exit__(*error)
        _end.reset(self._token)


def seconds_left() -> float:
    """Return the seconds until the deadline; infinity if there is none."""
    return _end.get() - time.monotonic()


def was_over_before(error: PyMongoError) -> bool:
    """Whether the deadline had passed before the failed operation was sent, so that MongoDB is not to blame."""
    late = -seconds_left()
    not_sent = isinstance(error, ExecutionTimeout) and NOT_SENT in str(error)
    return late > (OVERDUE_SECONDS if not_sent else LONG_OVERDUE_SECONDS)
