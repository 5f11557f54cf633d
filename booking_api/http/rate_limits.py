"""Rate limits: strict ones that all workers and machines count together, and generous ones for each worker.

Requests that cost a bcrypt hash or a mail are counted in MongoDB, before the work is done. All others are counted in
memory, so that hot paths need no database operation. If MongoDB does not answer, each worker counts by itself. The
syntax of limits and these substitute counts are those of the `limits` package, which flask-limiter is built on.
"""

import ipaddress
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

from bson import ObjectId
from flask import Response, g, request
from flask.ctx import _AppCtxGlobals
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ..config import Settings
from ..errors import TooMany
from ..storage.deadline import deadline
from .services import service
from .shared_counts import Counted, Key, SharedCounts

log = logging.getLogger(__name__)

STORE_SECONDS = 1.0
# Which requests are counted together: those of an address, those of an address for one subject, or those for a subject
# from anywhere.
ADDRESS, PAIR, SUBJECT = "address", "pair", "subject"
# For each worker: more than any person or frontend needs, but too few for one caller to occupy the worker.
READS, WRITES = parse("3000/second"), parse("1000/second")


class TooManyRequests(TooMany):
    """You ask too often. Nothing was done.

    Send the request again after the seconds in `Retry-After`; `RateLimit` says what is left of a limit.
    """

    code = "too_many_requests"
    title = "Too many requests"
    example = {"detail": "You ask too often: send this again in 17 s."}


class Limit:
    """How often something may be asked for, counted by all workers and machines together.

    `address` is for the requests of an address, `pair` for those of an address for one subject, and `subject` for those
    for a subject from anywhere: each is a text such as `"20/minute"`. Where anybody may name
    any subject, `subject` alone must not refuse a request: a stranger could lock the owner out.
    """

    def __init__(self, name: str, *, address: str | None = None, pair: str | None = None, subject: str | None = None):
        self.name = name
        # Counted in this order up to the first that is exceeded, so that one address cannot use up a subject's limit.
        given = {ADDRESS: address, PAIR: pair, SUBJECT: subject}
        self.items = {kind: parse(text) for kind, text in given.items() if text is not None}


class SecondCounts:
    """Counts the requests of each caller in the current second, and forgets those of the second before.

    So it holds at most as many callers as a worker can serve in a second, which is some thousands.

    The in-memory store of `limits` starts a thread for every hundredth of a second in which it is used, which cost
    more than the rest of a request.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._second = 0
        self._counts: dict[Hashable, int] = {}

    def add(self, who: Hashable) -> int:
        """Count a request, and return the count so far. Concurrent threads may lose a count."""
        second = int(self._clock())
        if second != self._second:
            self._counts, self._second = {}, second
        count = self._counts[who] = self._counts.get(who, 0) + 1
        return count


class Limits:
    """Counts requests against limits; `clock` is for what this worker counts in each second."""

    def __init__(self, database: Database[Any], settings: Settings, clock: Callable[[], float] = time.time):
        self._database = database
        self._enabled = settings.ratelimit_enabled
        self._counts = SecondCounts(clock)

    @cached_property
    def _local(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(MemoryStorage())

    @cached_property
    def _shared(self) -> SharedCounts:
        return SharedCounts(self._database)

    def count(self, limit: Limit, subject: str | None) -> TooManyRequests | None:
        """Count a request against a limit; return the refusal by the first part that is exceeded, or None.

        Raises the refusal instead if that part is `address`.
        """
        if not self._enabled:
            return None
        for kind, item, key in _counted(limit, subject):
            refusal = self._judge(limit.name, item, self._hit(item, *key))
            if refusal is not None and kind == ADDRESS:
                raise refusal
            if refusal is not None:
                return refusal
        return None

    def require_room(self, limits: Sequence[Limit], subject: str | None) -> None:
        """Raise `TooManyRequests` if a part of these limits is used up; count nothing."""
        if not self._enabled:
            return
        counted = [(item, key) for limit in limits for _, item, key in _counted(limit, subject)]
        full = self._full(counted)
        if full:
            until, item, (name, *_) = max(full, key=lambda each: each[0])
            refusal = self._judge(name, item, (False, until, 0))
            if refusal is not None:
                raise refusal

    def spend_locally(self, caller_id: ObjectId | None) -> None:
        """Count a request of a caller, or of its address, in this worker alone; raises `TooManyRequests`."""
        if not self._enabled:
            return
        name, item = ("reads", READS) if request.method in ("GET", "HEAD") else ("writes", WRITES)
        is_over = self._counts.add((name, caller_id or network_of(request.remote_addr))) > item.amount
        if is_over and (refusal := self._judge(name, item, (False, time.time() + 1, 0))):
            raise refusal

    def _hit(self, item: RateLimitItem, *key: str) -> tuple[bool, float, int]:
        try:
            with deadline(STORE_SECONDS):
                return self._shared.hit(item, *key)
        except PyMongoError as error:
            log.warning("MongoDB does not answer (%s): counting rate limits in this worker.", type(error).__name__)
            return (self._local.hit(item, *key), *self._local.get_window_stats(item, *key))

    def _full(self, counted: Sequence[Counted]) -> list[tuple[float, RateLimitItem, Key]]:
        try:
            with deadline(STORE_SECONDS):
                return self._shared.full(counted)
        except PyMongoError as error:
            log.warning("MongoDB does not answer (%s): reading rate limits of this worker.", type(error).__name__)
            local = self._local
            full = [(item, key) for item, key in counted if not local.test(item, *key)]
            return [(local.get_window_stats(item, *key).reset_time, item, key) for item, key in full]

    @staticmethod
    def _judge(name: str, item: RateLimitItem, outcome: tuple[bool, float, int]) -> TooManyRequests | None:
        allowed, reset_time, remaining = outcome
        wait = max(1, int(reset_time - time.time()) + 1)
        if remaining <= g.get("rate_limit_left", remaining):  # the answer reports the limit with the least left
            g.rate_limit_left = remaining
            # The fields of draft-ietf-httpapi-ratelimit-headers-10
            g.rate_limit = {
                "RateLimit-Policy": f'"{name}";q={item.amount};w={item.get_expiry()}',
                "RateLimit": f'"{name}";r={remaining};t={wait}',
            }
        if allowed:
            return None
        return TooManyRequests(f"You ask too often: send this again in {wait} s.", retry_after_seconds=wait)


limiter = service(Limits)


def _counted(limit: Limit, subject: str | None) -> list[tuple[str, RateLimitItem, Key]]:
    """Return the parts of a limit, each with whom it counts."""
    address = network()
    who = {ADDRESS: address, PAIR: f"{address} {subject}", SUBJECT: str(subject)}
    return [(kind, item, (limit.name, kind, who[kind])) for kind, item in limit.items.items()]


def network_of(address: str | None) -> str:
    """Return the network that an address is counted as: an IPv4 address as itself, an IPv6 address as its /64.

    A subscriber has at least a /64 (RFC 6177, section 2), so counting single IPv6 addresses would limit nobody.
    """
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.IPv6Network((int(known), 64), strict=False))


def network() -> str:
    """Return the network that the address of this request is counted as."""
    return network_of(request.remote_addr)


def spend(limit: Limit, *, subject: str | None = None) -> None:
    """Count this request against a limit; raises `TooManyRequests`."""
    if refusal := count_try(limit, subject=subject):
        raise refusal


def count_try(limit: Limit, *, subject: str | None = None) -> TooManyRequests | None:
    """Count this request against a limit, for calling code that recognizes the subject's owner.

    Raises `TooManyRequests` if the address exceeds its part of the limit. For the other parts it is returned instead,
    for the calling code to raise unless the owner is asking.
    """
    return limiter.count(limit, subject and subject.casefold())


def require_room(*limits: Limit, subject: str) -> None:
    """Raise `TooManyRequests` if any of these limits is used up; count nothing.

    For limits on failures: they are counted when something has failed, and who has failed too often may try no more.
    """
    limiter.require_room(limits, subject.casefold())


def spend_locally(caller_id: ObjectId | None) -> None:
    """Count this request in this worker, by caller or, if nobody is signed in, by address; raises `TooManyRequests`."""
    limiter.spend_locally(caller_id)


def add_fields(notes: _AppCtxGlobals, response: Response) -> None:
    """Add the `RateLimit` headers to an answer, if a limit was counted; `notes` is the `g` of its request."""
    fields = notes.get("rate_limit")
    if fields:
        response.headers.update(fields)
