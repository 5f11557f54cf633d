"""What an `Idempotency-Key` is compared by: its caller and its request, as digests under the server's secret.

Under a secret, for a body may hold a password, and an address names a person: neither must be guessable from the
database.
"""

import hashlib
import hmac

import orjson
from flask import current_app, g, request

from ..storage.idempotency_keys import KeyedRequest
from .rate_limits import network_of

CALLER_DIGITS = 32


def identify(key: str) -> KeyedRequest:
    """The request that is being handled, with its key.

    A key belongs to an account. Without one it belongs to its request, so that nobody hears another's answer, or can
    use up a key that somebody else will send.
    """
    secret, body = current_app.config["JWT_SECRET_KEY"].encode(), request.get_data()
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
    """The same for every way to write the same JSON: its spaces and the order of its members do not count.

    What is not JSON, or nested deeper than orjson writes (254 levels), stays as it was sent.
    """
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body


def _digest(secret: bytes, content: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()
