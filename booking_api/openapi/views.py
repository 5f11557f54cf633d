"""What a view declares for the document: the problems that it may answer with, and the headers of its answers."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import Problem

View = TypeVar("View", bound=Callable[..., Any])

ETAG = {"ETag": {"description": "The version you see.", "schema": {"type": "string"}, "required": True}}
LOCATION = {"Location": {"description": "Where it is.", "schema": {"type": "string"}, "required": True}}


def may_raise(*kinds: type[Problem]) -> Callable[[View], View]:
    """Name the problems that a view may answer with, in addition to those of every view of its kind."""

    def mark(view: View) -> View:
        named = (*(kind.code for kind in kinds), *getattr(view, "may_raise", ()))
        view.may_raise = named  # type: ignore[attr-defined]
        return view

    return mark
