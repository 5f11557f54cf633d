"""Every error as `application/problem+json` (RFC 9457), from one table of kinds."""

import logging

import orjson
from flask import Flask, Response, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from .. import errors
from ..storage.client import is_unavailable

log = logging.getLogger(__name__)

STATUS = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


class MalformedJson(errors.Malformed):
    """The request body is not JSON. Numbers such as NaN, lone surrogates and very deep nesting are not JSON either."""

    code = "malformed_json"
    title = "Malformed JSON"


class ServiceUnavailable(errors.Unavailable):
    """The database did not answer in time. Send the same request again after the seconds in `Retry-After`.

    Whether a write took place may be unknown at this point: look before you repeat it.
    """

    code = "service_unavailable"
    title = "Service unavailable"


class RouteNotFound(errors.NotFound):
    """There is nothing at this address. Ids in addresses are 24 lower-case hexadecimal digits."""

    code = "not_found"
    title = "Not found"


# What Flask and werkzeug raise by status alone; the sentence is the page behind `type`.
HTTP_CODES = {
    400: ("bad_request", "The request could not be understood."),
    405: ("method_not_allowed", "This address exists but not for this method; `Allow` lists those it takes."),
    408: ("request_timeout", "The request did not arrive in time."),
    413: ("body_too_large", "The request body is larger than 1 MB."),
    414: ("url_too_long", "The URL is too long."),
    415: ("unsupported_media_type", "The body must be JSON, sent with `Content-Type: application/json`."),
    429: ("too_many_requests", "Too many requests; wait for the seconds in `Retry-After`."),
    431: ("headers_too_large", "The request headers are too large."),
    500: ("internal_error", "Something went wrong on our side. Quote the request id when you report it."),
}


def problem(
    status: int, code: str, title: str, detail: str | None = None, headers: dict | None = None, **members
) -> Response:
    """A problem document as a response. `members` are the extension members of RFC 9457, section 3.2."""
    document = {
        # Relative, which RFC 9457 allows, for a request whose Host header names none.
        "type": f"{request.host_url if request.host else '/'}problems/{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        **members,
    }
    response = Response(orjson.dumps(document), status, mimetype="application/problem+json")
    response.headers.update(headers or {})
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def explain(code: str) -> tuple[str, str] | None:
    """Title and explanation of a code, or None if the service has no such code."""
    if code in errors.Problem.registry:
        kind = errors.Problem.registry[code]
        return kind.title, " ".join((kind.__doc__ or "").split())
    for known, sentence in HTTP_CODES.values():
        if known == code:
            return code.replace("_", " ").capitalize(), sentence
    return None


def codes() -> list[str]:
    """Every code this service can answer with."""
    return sorted({*errors.Problem.registry, *(code for code, _ in HTTP_CODES.values())})


def register(app: Flask) -> None:
    """Have `app` answer every error with a problem document."""
    app.register_error_handler(errors.Problem, _refused)
    app.register_error_handler(PyMongoError, _database_failed)
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: errors.Problem) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else None
    return problem(status, error.code, error.title, error.detail, headers, **error.members)


def http_problem(error: HTTPException) -> Response:
    """What routing and werkzeug raise, as a problem; their headers (`Allow`, `Retry-After`) are kept."""
    if error.response is not None:  # a redirect brings its own answer
        return error.response
    if error.code == 404:
        return _refused(RouteNotFound())
    code, sentence = HTTP_CODES.get(error.code, HTTP_CODES[400])
    kept = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return problem(error.code, code, error.name, sentence, kept)


def _database_failed(error: PyMongoError) -> Response:
    if is_unavailable(error):
        log.warning("MongoDB did not answer: %s", type(error).__name__)
        return _refused(ServiceUnavailable())
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("Unexpected %s", type(error).__name__, exc_info=error)
    code, sentence = HTTP_CODES[500]
    return problem(500, code, "Internal error", sentence)
