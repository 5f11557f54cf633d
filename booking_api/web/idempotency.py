"""`Idempotency-Key`: a POST that is sent again is carried out once, and answered alike for 24 hours."""

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import wraps

from bson import ObjectId
from flask import Response, current_app, g, make_response, request

from ..errors import Conflict, Invalid, ValidationFailed
from ..storage.idempotency_keys import Attempt, IdempotencyKeys
from .services import service_proxy

HEADER = "Idempotency-Key"
USABLE = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Allow", "WWW-Authenticate")
NOT_KEPT = 429  # nor anything from 500 up: such an answer says that the request may be sent again

keys: IdempotencyKeys = service_proxy("idempotency_keys")


class IdempotencyKeyReused(Invalid):
    """This `Idempotency-Key` came with another body or address before. Nothing was done.

    Make a new key for each new request, such as a UUID; keep it only to send the very same request again.
    """

    code = "idempotency_key_reused"
    title = "The key belongs to another request"
    example = {"errors": {"Idempotency-Key": ["Came with another body or address before."]}}


class IdempotencyInProgress(Conflict):
    """The first request with this `Idempotency-Key` is still running.

    Send the same request with the same key again after the seconds in `Retry-After`, and hear the first one's answer.
    """

    code = "idempotency_in_progress"
    title = "The first request is still running"
    retry_after_seconds = 1


def idempotent(view: Callable) -> Callable:
    """Honour the key of a POST. Wear it under the access decorator: a key belongs to a caller."""

    @wraps(view)
    def once(*args, **kwargs):
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not USABLE.fullmatch(key):
            raise ValidationFailed({HEADER: ["Must be 1 to 255 visible ASCII characters."]})
        attempt = keys.begin(_key_id(key), _fingerprint())
        if isinstance(attempt, dict):
            return _earlier(attempt)
        g.attempt = attempt
        g.idempotency_key = key
        return _run(attempt, lambda: view(*args, **kwargs))

    parameter = {
        "in": "header",
        "name": HEADER,
        "description": "Makes the request safe to send again: for 24 hours it is carried out once, and answered alike.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }
    once.refuses = (*getattr(view, "refuses", ()), IdempotencyKeyReused.code, IdempotencyInProgress.code)
    once._apidoc = getattr(view, "_apidoc", {})
    once._apidoc.setdefault("manual_doc", {}).setdefault("parameters", []).append(parameter)
    return once


def resource_id() -> ObjectId:
    """The id for what this request makes: the same at each attempt with the same key."""
    attempt: Attempt | None = g.get("attempt")
    return attempt.resource_id if attempt else ObjectId()


def key() -> str | None:
    """The request's key."""
    return g.get("idempotency_key")


def _run(attempt: Attempt, view: Callable) -> Response:
    try:
        response = make_response(view())
    except Exception as error:
        response = make_response(current_app.handle_user_exception(error))
    if response.status_code >= 500 or response.status_code == NOT_KEPT:
        keys.let_go(attempt)
        return response
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    # If this fails the caller hears 503, and a repeat finds what was done by the id that the key stands for.
    keys.keep(attempt, {"status": response.status_code, "headers": headers, "body": response.get_data()})
    return response


def _earlier(record: dict) -> Response:
    if not hmac.compare_digest(record["fingerprint"], _fingerprint()):
        raise IdempotencyKeyReused
    if record["answer"] is None:
        raise IdempotencyInProgress
    answer = record["answer"]
    response = Response(answer["body"], answer["status"], answer["headers"])
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _key_id(key: str) -> str:
    """Keys belong to a caller; before there is an account, to the address the request comes from."""
    caller = g.get("caller")
    scope = f"user {caller.id}" if caller else f"address {request.remote_addr}"
    return _digest(f"{scope} key {key}".encode())


def _fingerprint() -> str:
    return _digest(b"%b %b\n%b" % (request.method.encode(), request.full_path.encode(), request.get_data()))


def _digest(content: bytes) -> str:
    # Under a secret: bodies may hold a password, and must not be guessable from the database.
    return hmac.new(current_app.config["JWT_SECRET_KEY"].encode(), content, hashlib.sha256).hexdigest()
