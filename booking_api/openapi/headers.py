"""The headers of answers: what each means, and which answers have them."""

from http import HTTPStatus
from typing import Any

from ..errors import Problem
from ..http.idempotency import HEADER as KEY

Header = dict[str, Any]


def _header(description: str, kind: str = "string", *, always: bool = False, **example: object) -> Header:
    return {"description": description, "schema": {"type": kind, **example}, **({"required": True} if always else {})}


WAIT = "Seconds to wait before the same request is sent again."
SOMETIMES = "Retry-After-Sometimes"  # the same header in answers that may come without it
REPLAYED = "Idempotent-Replayed"
LIMITS = ("RateLimit", "RateLimit-Policy")
# By their names in the components of the document
HEADERS: dict[str, Header] = {
    "ETag": _header("The version you see.", always=True),
    "Location": _header("Where it is.", always=True),
    "WWW-Authenticate": _header("How to prove who you are.", always=True, examples=["Bearer"]),
    "X-Request-ID": _header("The id of this request: yours, or one made for it. Quote it if you ask.", always=True),
    "Retry-After": _header(WAIT, "integer", always=True),
    SOMETIMES: _header(f"{WAIT} It is there if waiting helps.", "integer"),
    REPLAYED: _header(
        "`true` if this is the kept answer to an earlier request with the same `Idempotency-Key`.", examples=["true"]
    ),
    "RateLimit": _header(
        "If this request was counted against a limit: `r` requests are left in the next `t` seconds.",
        examples=['"login";r=9;t=60'],
    ),
    "RateLimit-Policy": _header(
        "The limit that `RateLimit` speaks of: `q` requests in `w` seconds.", examples=['"login";q=10;w=60']
    ),
}
SAY_WHEN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
NEVER_KEPT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


def named(*names: str) -> dict[str, Header]:
    """Return references to these headers of the components, as a response has them."""
    return {name.removesuffix("-Sometimes"): {"$ref": f"#/components/headers/{name}"} for name in names}


def of_problem(status: int, codes: list[str]) -> dict[str, Header]:
    """Return the headers of an answer with one of these problem codes that other answers do not have."""
    if status in SAY_WHEN:
        return named("Retry-After")
    if status == HTTPStatus.UNAUTHORIZED:
        return named("WWW-Authenticate")
    kinds = [Problem.registry[code] for code in codes if code in Problem.registry]
    return named(SOMETIMES) if any(kind.retry_after_seconds for kind in kinds) else {}


def complete(operation: dict[str, Any]) -> None:
    """Add the headers that answers of many operations have."""
    takes_key = any(parameter["name"] == KEY for parameter in operation.get("parameters", ()))
    for status, answer in operation["responses"].items():
        is_kept = takes_key and int(status) < HTTPStatus.INTERNAL_SERVER_ERROR and int(status) not in NEVER_KEPT
        common = named("X-Request-ID", *LIMITS, *([REPLAYED] if is_kept else []))
        answer["headers"] = answer.get("headers", {}) | common
