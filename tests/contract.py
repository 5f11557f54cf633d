"""Holds answers against the OpenAPI document: whatever the suite's clients hear must be what it says.

`Api` and `Caller` pass every answer through here, so each test of the suite is a test of the document too.
"""

import gzip
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from booking_api import create_app
from booking_api.config import Settings
from booking_api.http.services import services_of
from booking_api.openapi.document import Api

PROBLEM = "application/problem+json"
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "errors"}
# What a document says only where it is so: a header that comes must be named.
TELLING_HEADERS = (
    *("ETag", "Location", "WWW-Authenticate", "Retry-After", "Idempotent-Replayed"),
    *("RateLimit", "RateLimit-Policy", "X-Request-ID"),
)


@dataclass
class Operation:
    """An operation of the document, and the validators of its bodies, compiled when they are first needed."""

    name: str
    described: dict
    validators: dict[Any, jsonschema_rs.Validator] = field(default_factory=dict)

    def complaints(self, status: int, headers, body: bytes, sent: Any = None) -> list[str]:
        """What is wrong with an answer, in words; an accepted request must be as documented too."""
        answer = self.described["responses"].get(str(status))
        if answer is None:
            return ["the status is not documented"]
        found = [wrong for name, told in answer["headers"].items() for wrong in _judge_header(name, told, headers)]
        found += [f"an undocumented {n} header" for n in TELLING_HEADERS if n in headers and self._hides(answer, n)]
        if status < 300 and sent is not None:
            (wanted,) = self.described.get("requestBody", {"content": {None: None}})["content"].values()
            found += ["it takes no body"] if wanted is None and sent else []
            found += self._judge("request", wanted, _composed(sent)) if wanted else []
        if "content" not in answer:
            return found + (["an undocumented body"] if body else [])
        media_type = headers.get("Content-Type", "").partition(";")[0]
        if media_type not in answer["content"]:
            return [*found, f"{media_type} is not documented"]
        if not media_type.endswith("json"):
            return found
        told = orjson.loads(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)
        found += self._judge(f"{status} {media_type}", answer["content"][media_type], told)
        return found + (self._judge_problem(answer, told) if media_type == PROBLEM else [])

    def _hides(self, answer: dict, header: str) -> bool:
        successes = [told for status, told in self.described["responses"].items() if status < "300"]
        return header not in answer.get("headers", {}) and not (
            answer.get("content") is None and any(header in told.get("headers", {}) for told in successes)
        )

    def _judge(self, key: str, described: dict, value: Any) -> list[str]:
        if key not in self.validators:
            schema = {**described["schema"], "components": {"schemas": document()["components"]["schemas"]}}
            self.validators[key] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        if self.validators[key].is_valid(value):
            return []
        errors = self.validators[key].iter_errors(value)
        return [f"{key}: {'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]

    @staticmethod
    def _judge_problem(answer: dict, problem: dict) -> list[str]:
        if problem["code"] not in answer["content"][PROBLEM]["examples"]:
            return [f"the code {problem['code']} is not documented"]
        example = document()["components"]["examples"][problem["code"]]["value"]
        unknown = problem.keys() - example.keys() - PROBLEM_MEMBERS
        return [f"the members {unknown} of {problem['code']} are not in its example"] if unknown else []


def _judge_header(name: str, described: dict, headers) -> list[str]:
    described = document()["components"]["headers"][described["$ref"].rpartition("/")[2]]
    if name not in headers:
        return [f"no {name} header"] if described.get("required") else []
    is_right = described["schema"]["type"] == "string" or headers[name].isdecimal()
    return [] if is_right else [f"{name} is no {described['schema']['type']}"]


def _composed(sent: Any) -> Any:
    """What was sent, as passwords are counted: with composed characters (NFC)."""
    return orjson.loads(unicodedata.normalize("NFC", orjson.dumps(sent).decode()))


@cache
def document() -> dict:
    """The OpenAPI document."""
    app = create_app(Settings(jwt_secret_key="x" * 32, mongodb_uri="mongodb://127.0.0.1:1/none"))
    return services_of(app)[Api].document()


@cache
def operations() -> list[tuple[re.Pattern, dict[str, Operation]]]:
    """The operations by the pattern of their path and their method."""
    return [
        (
            re.compile(re.sub(r"\{(\w+)\}", lambda name: "[^/.]+" if name[1] == "code" else "[0-9a-f]{24}", path)),
            {method.upper(): Operation(f"{method.upper()} {path}", described) for method, described in methods.items()},
        )
        for path, methods in document()["paths"].items()
    ]


def check(method: str, path: str, status: int, headers, body: bytes, sent: Any = None) -> None:
    """Fail unless the document describes this answer; what it has no operation for is no concern of it."""
    path = path.partition("?")[0]
    for pattern, methods in operations():
        if pattern.fullmatch(path) and method in methods:
            found = methods[method].complaints(status, headers, body, sent)
            assert not found, f"{methods[method].name} {status} is not as documented: {found}: {body[:2000]!r}"
            return
