"""Answers every error with `application/problem+json` (RFC 9457), by one table from kinds of error to statuses."""

import logging
from functools import lru_cache
from typing import Any, cast

import orjson
from flask import Flask, Response, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from .. import errors
from ..storage.deadline import OutOfTime, seconds_left, was_over_before
from ..storage.failures import is_unavailable, short_reason
from .response import BytesResponse

log = logging.getLogger(__name__)

LONGEST_HOST = 260  # characters: a domain name of at most 253, and the port
EXAMPLE_HOST = "https://api.example.com"
STATUS = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.PaymentNeeded: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Stale: 412,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


class MalformedJson(errors.Malformed):
    """The request body is not JSON. Numbers such as NaN, lone surrogates and very deep nesting are not JSON either.

    Mend the body at the place that `detail` names, or leave it to a JSON library, and send it in UTF-8.
    """

    code = "malformed_json"
    title = "Malformed JSON"
    example = {"detail": "The body is not JSON: unexpected end of data: line 1 column 15 (char 14)."}


class ServiceUnavailable(errors.Unavailable):
    """The database did not answer in time. Whether a write took place may be unknown.

    Send the same request again after the seconds in `Retry-After`; a write with the same `Idempotency-Key`, or look
    before you repeat it.
    """

    code = "service_unavailable"
    title = "Service unavailable"


class RouteNotFound(errors.NotFound):
    """There is nothing at this address.

    Compare it with `/docs`. Ids in addresses are 24 lower-case hexadecimal digits, and no address ends in a slash.
    """

    code = "not_found"
    title = "Not found"


# What Flask, werkzeug and gunicorn raise by status alone: the code, what happened, what to do.
HTTP_CODES = {
    400: (
        "bad_request",
        "The request is not HTTP as it should be.",
        "Look at its first line, its `Host` and its headers, or leave it to an HTTP library.",
    ),
    405: (
        "method_not_allowed",
        "This address exists, but not for this method.",
        "Use one of the methods that `Allow` lists.",
    ),
    408: ("request_timeout", "The request did not arrive in time.", "Send it again over a better connection."),
    413: ("body_too_large", "The request body is larger than 1 MB.", "Send less in one request."),
    414: (
        "url_too_long",
        "The URL is longer than 8 KB.",
        "Shorten the query, and follow only cursors of this service.",
    ),
    415: (
        "unsupported_media_type",
        "The body is not declared as JSON.",
        "Send JSON, with the header `Content-Type: application/json`.",
    ),
    429: (
        "too_many_requests",
        "You ask too often. Nothing was done.",
        "Send the request again after the seconds in `Retry-After`.",
    ),
    431: ("headers_too_large", "The request headers are too large.", "Send fewer of them, and look at your cookies."),
    500: (
        "internal_error",
        "Something went wrong on our side.",
        "Try again later; if it happens again, tell us and quote the `X-Request-ID` of the answer.",
    ),
}


def problem(
    status: int, code: str, title: str, detail: str | None = None, headers: dict[str, str] | None = None, **members: Any
) -> Response:
    """Return a problem document as a response. `members` are the extension members of RFC 9457, section 3.2."""
    document = {
        "type": f"{_own_address()}problems/{code}",
        "title": title,
        "status": status,
        "detail": detail or " ".join(explained(code)[1:]),
        "code": code,
        **members,
    }
    response = BytesResponse(orjson.dumps(document), status, mimetype="application/problem+json")
    response.headers.update(headers or {})
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _own_address() -> str:
    # Relative, which RFC 9457 allows, if the request's host is missing or cannot exist.
    known = 0 < len(request.host) <= LONGEST_HOST and request.scheme in ("http", "https")
    return request.host_url if known else "/"


@lru_cache
def explain(code: str) -> tuple[str, str, str] | None:
    """Return the title of a code, what happened, and what to do; None if the service has no such code."""
    if code in errors.Problem.registry:
        kind = errors.Problem.registry[code]
        return kind.title, *kind.explanation()
    for known, happened, remedy in HTTP_CODES.values():
        if known == code:
            return code.replace("_", " ").capitalize(), happened, remedy
    return None


def explained(code: str) -> tuple[str, str, str]:
    """Return the same as `explain`; raises `KeyError` if the service has no such code."""
    found = explain(code)
    if found is None:
        raise KeyError(code)
    return found


def status_of(code: str) -> int:
    """Return the status of answers with this code."""
    if code in errors.Problem.registry:
        return _status(errors.Problem.registry[code])
    return next(status for status, (known, *_) in HTTP_CODES.items() if known == code)


def example(code: str) -> dict[str, Any]:
    """Return an example of a problem with this code."""
    title, happened, remedy = explained(code)
    kind = errors.Problem.registry.get(code, errors.Problem)
    document = {
        "type": f"{EXAMPLE_HOST}/problems/{code}",
        "title": title,
        "status": status_of(code),
        "detail": f"{happened} {remedy}",
        "code": code,
    }
    return document | kind.example


def codes() -> list[str]:
    """Return every code that this service can answer with."""
    return sorted({*errors.Problem.registry, *(code for code, *_ in HTTP_CODES.values())})


def register(app: Flask) -> None:
    """Have `app` answer every error with a problem document."""
    app.register_error_handler(errors.Problem, refused)
    app.register_error_handler(PyMongoError, _database_failed)
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(Exception, _unexpected)


def refused(error: errors.Problem) -> Response:
    """Return an error as a problem."""
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else None
    return problem(_status(type(error)), error.code, error.title, error.detail, headers, **error.members)


def http_problem(error: HTTPException) -> Response:
    """Return an error of routing or werkzeug as a problem; its headers (`Allow`, `Retry-After`) are kept."""
    if error.response is not None:  # a redirect has an answer of its own
        return cast(Response, error.response)
    status = error.code or 500
    if error.code == 404:
        return refused(RouteNotFound())
    code = HTTP_CODES.get(status, HTTP_CODES[400])[0]
    kept = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return problem(status, code, error.name, headers=kept)


def _database_failed(error: PyMongoError) -> Response:
    if was_over_before(error):
        log.warning("Out of time: the request was %.1f s late before MongoDB was asked.", -seconds_left())
        return refused(OutOfTime())
    if is_unavailable(error):
        log.warning("MongoDB did not answer: %s", short_reason(error))
        return refused(ServiceUnavailable())
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("Unexpected %s", type(error).__name__, exc_info=error)
    return problem(500, HTTP_CODES[500][0], "Internal error")


def _status(kind: type[errors.Problem]) -> int:
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)
