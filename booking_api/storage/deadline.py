"""How long the work at hand may still take: one limit for a request, whatever it asks of MongoDB."""

import contextlib
import math
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pymongo

_end: ContextVar[float] = ContextVar("end", default=math.inf)


@contextlib.contextmanager
def limit(seconds: float) -> Iterator[None]:
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
