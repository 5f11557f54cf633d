"""The kinds of problem this service reports, free of Flask and MongoDB.

Each resource names its own problems (`SoldOut`, `EmailTaken`) in its `rules.py` as subclasses of one of these kinds.
`http/problems.py` turns a kind into an HTTP status, and serves each class's docstring as the page its `type` URL names.
"""

import inspect
from functools import cache
from typing import Any

# Bounds on the messages about a request's fields: the caller may have chosen the names, their number and their length.
MOST_MESSAGES = 20
LONGEST_NAME = 60
LONGEST_MESSAGE = 200
TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}


class Problem(Exception):
    """A refusal that is explained to the caller.

    The docstring of a class with a `code` is published as its explanation: the first paragraph says what happened, the
    second what to do. The first is also the `detail` of a problem that is raised without one.
    """

    code: str
    title: str
    retry_after_seconds: int | None = None  # when to try again, if that makes sense
    example: dict[str, Any] = {}  # `detail` and the additional members, as the documentation shows them
    extensions: dict[str, dict[str, Any]] = {}  # the JSON Schemas of those members whose example does not say it all
    registry: dict[str, type["Problem"]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            Problem.registry[cls.code] = cls

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int | None = None, **members: Any):
        super().__init__(detail or self.explanation()[0])
        self.detail = detail
        self.members = members
        if retry_after_seconds is not None:
            self.retry_after_seconds = retry_after_seconds

    @classmethod
    @cache
    def explanation(cls) -> tuple[str, str]:
        """Return what happened and what to do, each as one paragraph."""
        happened, _, remedy = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
        return " ".join(happened.split()), " ".join(remedy.split())


class Malformed(Problem):
    """The request could not be read at all."""


class Unauthenticated(Problem):
    """The caller did not prove who they are."""


class PaymentNeeded(Problem):
    """It would be done if it were paid for."""


class Forbidden(Problem):
    """The caller is known, and may not do this."""


class NotFound(Problem):
    """There is nothing here, or nothing that this caller may see."""


class Gone(Problem):
    """What was here is no longer kept, and never will be again."""


class Conflict(Problem):
    """The request is well formed, but the current state does not allow it."""


class Stale(Problem):
    """The caller acted on an older version than the current one."""


class TooMany(Problem):
    """The caller has done this too often; `retry_after_seconds` says when to try again."""

    def __init__(self, detail: str, *, retry_after_seconds: int):
        super().__init__(detail, retry_after_seconds=retry_after_seconds)


class Invalid(Problem):
    """The request can be read, but its content is not acceptable; `errors` says which field, and why.

    There are at most 20 messages; long names and messages are cut.
    """

    extensions = {
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "On 422: messages for each field.",
        }
    }

    def __init__(self, detail: str | None = None, errors: dict[str, list[str]] | None = None):
        super().__init__(detail, errors=_bounded(errors or self.example["errors"]))


class ValidationFailed(Invalid):
    """A field or a query parameter is missing, unknown or not acceptable.

    Show the messages in `errors` beside the fields they name, mend those and send the request again. A path such as
    `items.0.quantity` names a field inside a list, `body` the whole body. There are at most 20 messages.
    """

    code = "validation_failed"
    title = "Validation failed"
    example = {
        "detail": "Some fields are not acceptable: mend what `errors` names and send the request again.",
        "errors": {"quantity": ["Must be greater than or equal to 1 and less than or equal to 100."]},
    }

    def __init__(self, errors: dict[str, list[str]]):
        super().__init__(self.example["detail"], errors)


def _bounded(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    bounded: dict[str, list[str]] = {}
    left = MOST_MESSAGES
    for name, messages in errors.items():
        kept = [_cut(message, LONGEST_MESSAGE) for message in messages[:left]]
        bounded.setdefault(_cut(name, LONGEST_NAME), []).extend(kept)
        left -= len(kept)
        if not left:
            break
    return bounded


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class Unavailable(Problem):
    """The service cannot answer now; the same request may succeed later."""

    retry_after_seconds = 1


class StartupError(Exception):
    """The service cannot start; the message is one sentence that says what to do."""
