"""How often a caller may ask: limits that workers and machines count together, and generous ones for each worker.

What costs a bcrypt or a mail is counted in MongoDB, before the work. Everything else is counted in memory, so that the
hot paths cost no database work. A store that does not answer takes nothing down: then each worker counts for itself.
This is the `limits` package that flask-limiter is made of: the extension has one store for an app, and we need two.
"""

import ipaddress
import logging
import time
from collections.abc import Callable, Hashable
from functools import cached_property

from bson import ObjectId
from flask import Flask, Response, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, MongoDBStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ..config import Settings
from ..errors import TooMany
from ..storage.deadline import limit
from .services import service_proxy

log = logging.getLogger(__name__)

STORE_SECONDS = 1.0
ADDRESS, ACCOUNT = "address", "account"
RULES: dict[str, dict[str, RateLimitItem]] = {
    "login": {ADDRESS: parse("300/minute"), ACCOUNT: parse("20/minute")},
    "register": {ADDRESS: parse("300/minute"), ACCOUNT: parse("60/minute")},
    "password": {ACCOUNT: parse("20/minute")},
    "password-reset": {ADDRESS: parse("60/minute"), ACCOUNT: parse("5/hour")},
    "password-reset-confirm": {ADDRESS: parse("60/minute")},
}
# For each worker: more than any person or frontend asks for, less than would keep a worker from all others.
READS, WRITES = parse("3000/second"), parse("1000/second")

limiter: "Limits" = service_proxy("limits")


class TooManyRequests(TooMany):
    """You ask too often. Nothing was done.

    Send the request again after the seconds in `Retry-After`; `RateLimit` says what is left of a limit.
    """

    code = "too_many_requests"
    title = "Too many requests"
    example = {"detail": "You ask too often: send this again in 17 s."}


class SecondCounts:
    """What each caller has asked for in this second; nothing is kept of the one before.

    So there are at most as many callers as a worker can hear in a second, which is some thousands.

    The package's own store in memory starts a thread for every hundredth of a second in which it is used, which cost
    more than the rest of a request.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._second = 0
        self._counts: dict = {}

    def add(self, who: Hashable) -> int:
        """How often they have asked, with this time. Threads that meet may lose a count."""
        second = int(self._clock())
        if second != self._second:
            self._counts, self._second = {}, second
        count = self._counts[who] = self._counts.get(who, 0) + 1
        return count


class SharedStorage(MongoDBStorage):
    """The counters in our own database, over our own client."""

    def __init__(self, database: Database):
        self._ours = database.client
        super().__init__("mongodb://", database_name=database.name, counter_collection_name="rate_limits")

    def _init_mongo_client(self, uri: str | None, **options) -> MongoClient:
        return self._ours

    def __del__(self):
        """The client is not this object's to close."""


class Limits:
    """Counts requests against the rules; those of a caller in this worker within each second of `clock`."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], float] = time.time):
        self._database = database
        self._enabled = settings.ratelimit_enabled
        self._counts = SecondCounts(clock)

    @cached_property
    def _local(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(MemoryStorage())

    @cached_property
    def _shared(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(SharedStorage(self._database))

    def spend(self, rule: str, account: str | None) -> None:
        """Count a request by its address and its account; raises `TooManyRequests` over a limit."""
        if not self._enabled:
            return
        who = {ADDRESS: network_of(request.remote_addr), ACCOUNT: account}
        for kind, item in RULES[rule].items():
            self._judge(rule, item, self._hit(item, rule, kind, str(who[kind])))

    def spend_locally(self, caller_id: ObjectId | None) -> None:
        """Count a request of a caller, or of its address, in this worker alone; raises `TooManyRequests`."""
        if not self._enabled:
            return
        name, item = ("reads", READS) if request.method in ("GET", "HEAD") else ("writes", WRITES)
        if self._counts.add((name, caller_id or network_of(request.remote_addr))) > item.amount:
            self._judge(name, item, (False, time.time() + 1, 0))

    def _hit(self, item: RateLimitItem, *key: str) -> tuple[bool, float, int]:
        try:
            with limit(STORE_SECONDS):
                return (self._shared.hit(item, *key), *self._shared.get_window_stats(item, *key))
        except PyMongoError as error:
            log.warning("The shared limits do not answer (%s): counting in this worker.", type(error).__name__)
            return (self._local.hit(item, *key), *self._local.get_window_stats(item, *key))

    @staticmethod
    def _judge(rule: str, item: RateLimitItem, outcome: tuple[bool, float, int]) -> None:
        allowed, reset_time, remaining = outcome
        wait = max(1, int(reset_time - time.time()) + 1)
        # The fields of draft-ietf-httpapi-ratelimit-headers-10
        g.rate_limit = {
            "RateLimit-Policy": f'"{rule}";q={item.amount};w={item.get_expiry()}',
            "RateLimit": f'"{rule}";r={remaining};t={wait}',
        }
        if not allowed:
            raise TooManyRequests(f"You ask too often: send this again in {wait} s.", retry_after_seconds=wait)


def network_of(address: str | None) -> str:
    """Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64.

    A customer has at least a /64 (RFC 6177, section 2), so counting single IPv6 addresses would limit nobody.
    """
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.IPv6Network((int(known), 64), strict=False))


def spend(rule: str, *, account: str | None = None) -> None:
    """Count this request against a rule; raises `TooManyRequests`."""
    limiter.spend(rule, account and account.casefold())


def spend_locally(caller_id: ObjectId | None) -> None:
    """Count this request of a caller, or of an address if nobody is signed in, in this worker; `TooManyRequests`."""
    limiter.spend_locally(caller_id)


def register(app: Flask) -> None:
    """Have the answers of `app` say what is left."""

    def add_fields(response: Response) -> Response:
        response.headers.update(g.get("rate_limit", {}))
        return response

    app.after_request(add_fields)
