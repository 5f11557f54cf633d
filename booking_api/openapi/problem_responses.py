"""Which problems an operation may answer with: those that its view names, and those of its kind of view.

The document, its examples and the tests that compare them with real answers all read it from here.
"""

from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ..auth.access import access_of
from ..http import problems
from ..storage.deadline import OutOfTime
from . import headers, problem_schemas

PROBLEM_TYPE = "application/problem+json"
EVERYWHERE = ("bad_request", "validation_failed", "internal_error", "service_unavailable", OutOfTime.code)
WITH_BODY = ("malformed_json", "body_too_large", "unsupported_media_type")
WITH_QUERY = ("url_too_long",)
WITH_IDS = (problems.RouteNotFound.code,)


def codes_of(view: Callable[..., Any], *, with_body: bool, with_query: bool, with_ids: bool) -> list[str]:
    """Return all problem codes a view may answer with, by status; within a status the view's own come first."""
    parts = ((with_ids, WITH_IDS), (with_query, WITH_QUERY), (with_body, WITH_BODY))
    of_parts = [code for present, codes in parts if present for code in codes]
    of_access = [kind.code for kind in access_of(view).problems]
    named = (*getattr(view, "may_raise", ()), *of_access, *of_parts, *EVERYWHERE)
    return sorted(dict.fromkeys(named), key=problems.status_of)


def responses(codes: list[str]) -> dict[str, dict[str, Any]]:
    """Return the responses of an operation with these problem codes; each code is an example of its status."""
    by_status = defaultdict(list)
    for code in codes:
        by_status[problems.status_of(code)].append(code)
    return {str(status): _response(status, of_status) for status, of_status in by_status.items()}


def examples() -> dict[str, dict[str, Any]]:
    """Return an example of each code, for the components of the document."""
    return {
        code: {"summary": problems.explained(code)[0], "value": problems.example(code)} for code in problems.codes()
    }


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    lines = [f"- [`{code}`](/problems/{code}) {problems.explained(code)[0]}" for code in codes]
    content = {
        "schema": problem_schemas.with_one_of(codes),
        "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
    }
    response = {
        "description": "\n".join([f"{HTTPStatus(status).phrase}:", "", *lines]),
        "content": {PROBLEM_TYPE: content},
    }
    found = headers.of_problem(status, codes)
    return response | ({"headers": found} if found else {})
