"""How often a caller may ask: limits that workers and machines count together, and generous ones for each worker.

What costs a bcrypt or a mail is counted in MongoDB, before the work. Everything else is counted in memory, so that the
hot paths cost no database work. A store that does not answer takes nothing down: then each worker counts for itself.
The rules and what is counted in memory are those of the `limits` package, which flask-limiter is made of.
"""

import ipaddress
import logging
import time
from collections.abc import Callable, Hashable
from functools import cached_property

from bson import ObjectId
from flask import Flask, Response, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ..config import Settings
from ..errors import TooMany
from ..storage.deadline import deadline
from .services import service

log = logging.getLogger(__name__)

STORE_SECONDS = 1.0
# Which requests are counted together: those of an address; those of an address for one account; those for an account
# from anywhere. What anybody may ask for somebody else's account is not refused by ACCOUNT alone: that would lock the
# owner out.
ADDRESS, PAIR, ACCOUNT = "address", "pair", "account"
# Counted in this order up to the limit that is reached, so that one address cannot use up all that an account has.
RULES: dict[str, dict[str, RateLimitItem]] = {
    "login": {ADDRESS: parse("300/minute"), PAIR: parse("20/minute"), ACCOUNT: parse("100/minute")},
    "register": {ADDRESS: parse("300/minute"), PAIR: parse("60/minute")},
    "password": {ACCOUNT: parse("20/minute")},
    "password-reset": {ADDRESS: parse("60/minute")},
    "password-reset-confirm": {ADDRESS: parse("60/minute")},
    "verify-email": {ADDRESS: parse("60/minute")},
}
# For each worker: more than any person or frontend asks for, less than would keep a worker from all others.
READS, WRITES = parse("3000/second"), parse("1000/second")


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


class SharedCounts:
    """Counts in fixed windows in our own database, each time with one command; the package's own store takes three."""

    def __init__(self, database: Database):
        self._database = database

    @cached_property
    def _counters(self) -> Collection:
        counters = self._database["rate_limits"]
        counters.create_index("expireAt", expireAfterSeconds=0)
        return counters

    def hit(self, item: RateLimitItem, *key: str) -> tuple[bool, float, int]:
        """Count once: whether that is within the limit, when the window ends, and how many it has left."""
        over = {"$lt": ["$expireAt", "$$NOW"]}  # also where there is no window yet
        window = {
            "count": {"$cond": [over, 1, {"$add": ["$count", 1]}]},
            "expireAt": {"$cond": [over, {"$add": ["$$NOW", item.get_expiry() * 1000]}, "$expireAt"]},
        }
        row = self._counters.find_one_and_update(
            {"_id": item.key_for(*key)}, [{"$set": window}], upsert=True, return_document=ReturnDocument.AFTER
        )
        return row["count"] <= item.amount, row["expireAt"].timestamp(), max(0, item.amount - row["count"])


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
    def _shared(self) -> SharedCounts:
        return SharedCounts(self._database)

    def count(self, rule: str, account: str | None) -> TooManyRequests | None:
        """Count a request against a rule: the refusal of the first limit that it is over, None within all.

        Raises it if that limit is the address's own.
        """
        if not self._enabled:
            return None
        address = network()
        who = {ADDRESS: address, PAIR: f"{address} {account}", ACCOUNT: str(account)}
        for kind, item in RULES[rule].items():
            refusal = self._judge(rule, item, self._hit(item, rule, kind, who[kind]))
            if refusal is not None and kind == ADDRESS:
                raise refusal
            if refusal is not None:
                return refusal
        return None

    def spend_locally(self, caller_id: ObjectId | None) -> None:
        """Count a request of a caller, or of its address, in this worker alone; raises `TooManyRequests`."""
        if not self._enabled:
            return
        name, item = ("reads", READS) if request.method in ("GET", "HEAD") else ("writes", WRITES)
        if self._counts.add((name, caller_id or network_of(request.remote_addr))) > item.amount:
            raise self._judge(name, item, (False, time.time() + 1, 0))

    def _hit(self, item: RateLimitItem, *key: str) -> tuple[bool, float, int]:
        try:
            with deadline(STORE_SECONDS):
                return self._shared.hit(item, *key)
        except PyMongoError as error:
            log.warning("The shared limits do not answer (%s): counting in this worker.", type(error).__name__)
            return (self._local.hit(item, *key), *self._local.get_window_stats(item, *key))

    @staticmethod
    def _judge(rule: str, item: RateLimitItem, outcome: tuple[bool, float, int]) -> TooManyRequests | None:
        allowed, reset_time, remaining = outcome
        wait = max(1, int(reset_time - time.time()) + 1)
        if remaining <= g.get("rate_limit_left", remaining):  # the answer tells of the limit that is nearest
            g.rate_limit_left = remaining
            # The fields of draft-ietf-httpapi-ratelimit-headers-10
            g.rate_limit = {
                "RateLimit-Policy": f'"{rule}";q={item.amount};w={item.get_expiry()}',
                "RateLimit": f'"{rule}";r={remaining};t={wait}',
            }
        if allowed:
            return None
        return TooManyRequests(f"You ask too often: send this again in {wait} s.", retry_after_seconds=wait)


limiter = service(Limits)


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


def network() -> str:
    """Whom the address of this request stands for."""
    return network_of(request.remote_addr)


def spend(rule: str, *, account: str | None = None) -> None:
    """Count this request against a rule; raises `TooManyRequests`."""
    if refusal := count_try(rule, account=account):
        raise refusal


def count_try(rule: str, *, account: str | None = None) -> TooManyRequests | None:
    """Count this request against a rule, and return the refusal if it is over a limit of the account.

    The caller decides whether to raise it. Over the limit of the address it is raised here.
    """
    return limiter.count(rule, account and account.casefold())


def spend_locally(caller_id: ObjectId | None) -> None:
    """Count this request of a caller, or of an address if nobody is signed in, in this worker; `TooManyRequests`."""
    limiter.spend_locally(caller_id)


def register(app: Flask) -> None:
    """Have the answers of `app` say what is left."""

    def add_fields(response: Response) -> Response:
        response.headers.update(g.get("rate_limit", {}))
        return response

    app.after_request(add_fields)
