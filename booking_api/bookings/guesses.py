"""Guessing at promo codes is limited: who names too many that do not exist is refused for a while, whatever they name.

Orders, quotes and what a code shows of an event count together.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ..events import access
from ..events.code_rules import CodeUnknown
from ..http import rate_limits
from . import limits


@contextmanager
def limited(code: str | None) -> Iterator[None]:
    """Count it if what is done names a code that is unknown; without a code nothing is counted or read.

    Raises `TooManyRequests` if the caller, or the address of one who is not signed in, has guessed too often. Guesses
    that are sent at the same time count too: beyond the limit they do not hear that they were wrong.
    """
    if code is None:
        yield
        return
    caller = access.caller_if_any()
    subject = str(caller.id) if caller else rate_limits.network()
    rate_limits.require_room(*limits.WRONG_CODES, subject=subject)
    try:
        yield
    except CodeUnknown:
        for limit in limits.WRONG_CODES:
            rate_limits.spend(limit, subject=subject)
        raise
