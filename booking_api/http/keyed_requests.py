"""Digests that identify an `Idempotency-Key`, its caller and its request.

They are keyed with the server's secret, because a body may hold a password and an address may identify a person:
neither may be guessable from the database.
"""

import hashlib
import hmac

import orjson
from flask import current_app, g, request

from ..storage.idempotency_keys import KeyedRequest
from .body import body_of
from .rate_limits import network_of

CALLER_DIGITS = 32


def identify(key: str) -> KeyedRequest:
    """Return the request that is being handled, with its key.

    A key belongs to an account. If nobody is signed in, it belongs to the request itself, so that nobody gets another
    caller's answer, or uses up a key that somebody else will send.
    """
    secret, body = current_app.config["JWT_SECRET_KEY"].encode(), body_of(request)
    place = b"%b %b\n" % (request.method.encode(), request.full_path.encode())
    content, as_sent = _digest(secret, place + canonical(body)), _digest(secret, place + body)
    caller = g.get("caller")
    if caller:
        owner = holder = f"user {caller.id}"
    else:
        owner, holder = f"network {network_of(request.remote_addr)}", f"nobody {content}"
    return KeyedRequest(
        key_id=_digest(secret, f"{holder} key {key}".encode()),
        caller=_digest(secret, owner.encode())[:CALLER_DIGITS],
        content=content,
        as_sent=as_sent,
    )


def canonical(body: bytes) -> bytes:
    """Return a body in one form for every way to write the same JSON, regardless of spaces and the order of members.

    A body that is not JSON, or is nested deeper than orjson writes (254 levels), is returned as it was sent.
    """
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body


def _digest(secret: bytes, content: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()
