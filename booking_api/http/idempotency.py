"""`Idempotency-Key`: a repeated POST is carried out once, and gets the same answer for 24 hours."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn, ParamSpec

from bson import ObjectId
from flask import Response, current_app, g, make_response, request

from ..config import Settings
from ..errors import Conflict, Invalid, ValidationFailed
from ..storage.idempotency_keys import Attempt, IdempotencyKeys, is_answered
from .keyed_requests import identify
from .rate_limits import TooManyRequests
from .sealed_answers import seal, unseal
from .services import service

P = ParamSpec("P")

HEADER = "Idempotency-Key"
USABLE = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Allow", "WWW-Authenticate")
NOT_KEPT = 429  # nor any status from 500 up: such an answer means that the request may be sent again

MOST_KEPT = 1_000_000  # bytes of an answer, sealed

keys = service(IdempotencyKeys)
settings = service(Settings)


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


class AnswerNotKept(Conflict):
    """This request was answered before, and its answer was too large to be kept: over 1 MB. Nothing was done now.

    Look for what it made in the lists of what is yours; make a new key to do it again.
    """

    code = "idempotency_answer_not_kept"
    title = "The answer was too large to keep"


def idempotent(view: Callable[P, Any]) -> Callable[P, Any]:
    """Honour the key of a POST. Place it below the access decorator, because a key belongs to a caller."""

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not USABLE.fullmatch(key):
            raise ValidationFailed({HEADER: ["Must be 1 to 255 visible ASCII characters."]})
        attempt = _begin(key)
        if not isinstance(attempt, Attempt):
            return _earlier(attempt, key)
        g.attempt = attempt
        return _run(attempt, key, lambda: view(*args, **kwargs))

    parameter = {
        "in": "header",
        "name": HEADER,
        "description": "Makes the request safe to send again: for 24 hours it is carried out once, and answered alike.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }
    codes = (kind.code for kind in (IdempotencyKeyReused, IdempotencyInProgress, AnswerNotKept))
    once.may_raise = (*getattr(view, "may_raise", ()), *codes)  # type: ignore[attr-defined]
    apidoc = getattr(view, "_apidoc", {})
    apidoc.setdefault("manual_doc", {}).setdefault("parameters", []).append(parameter)
    once._apidoc = apidoc  # type: ignore[attr-defined]
    return once


def resource_id() -> ObjectId:
    """Return the id for what this request creates, which is the same at each attempt with the same key."""
    attempt: Attempt | None = g.get("attempt")
    return attempt.resource_id if attempt else ObjectId()


def request_digest() -> str | None:
    """Return a digest that only attempts of the same request with the same key share; None without a key."""
    attempt: Attempt | None = g.get("attempt")
    if attempt is None:
        return None
    return hashlib.sha256(f"{attempt.request.key_id} {attempt.request.content}".encode()).hexdigest()[:32]


def _begin(key: str) -> Attempt | Mapping[str, Any]:
    request = identify(key)
    wait = keys.seconds_until_room(request.caller) if settings.ratelimit_enabled else 0
    attempt = keys.begin(request, add=not wait)
    if attempt is None:
        raise TooManyRequests(
            f"You have used as many keys as are kept in a day: send this in {wait} s, or without its {HEADER}.",
            retry_after_seconds=wait,
        )
    if isinstance(attempt, dict):
        if not request.is_that_of(attempt):
            raise IdempotencyKeyReused
        if not is_answered(attempt):
            raise IdempotencyInProgress
    return attempt


def _run(attempt: Attempt, key: str, view: Callable[[], Any]) -> Response:
    response = _answer(view)
    if response.status_code >= 500 or response.status_code == NOT_KEPT:
        keys.let_go(attempt)
        return response
    sealed = _sealed(response, attempt, key)
    if len(sealed) > MOST_KEPT:
        sealed = _sealed(_answer(_refuse_answer), attempt, key)
    # If this fails, the answer is 503, and a repeat finds what was done by the id that belongs to the key.
    keys.keep(attempt, sealed)
    return response


def _answer(view: Callable[[], Any]) -> Response:
    try:
        return make_response(view())
    except Exception as error:
        return make_response(current_app.handle_user_exception(error))


def _refuse_answer() -> NoReturn:
    raise AnswerNotKept


def _sealed(response: Response, attempt: Attempt, key: str) -> bytes:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = {"status": response.status_code, "headers": headers, "body": response.get_data()}
    return seal(answer, settings.jwt_secret_key, key, attempt.request.key_id)


def _earlier(record: Mapping[str, Any], key: str) -> Response:
    # The previous version stored answers unencrypted.
    sealed = record.get("sealed")
    answer = unseal(sealed, settings.jwt_secret_key, key, record["_id"]) if sealed else record["answer"]
    response = Response(answer["body"], answer["status"], answer["headers"])
    response.headers["Idempotent-Replayed"] = "true"
    return response
