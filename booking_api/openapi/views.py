"""What a view declares for the document: the problems that it may answer with, and the headers of its answers."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import Problem
from . import headers

View = TypeVar("View", bound=Callable[..., Any])

ETAG = headers.named("ETag")
LOCATION = headers.named("Location")


def may_raise(*kinds: type[Problem]) -> Callable[[View], View]:
    """Name the problems that a view may answer with, in addition to those of every view of its kind."""

    def mark(view: View) -> View:
        named = (*(kind.code for kind in kinds), *getattr(view, "may_raise", ()))
        view.may_raise = named  # type: ignore[attr-defined]
        return view

    return mark


def leads_to(endpoint: str, body: dict[str, str]) -> Callable[[View], View]:
    """Name what to call next with what this view has made; `body` has the runtime expressions of its fields."""

    def mark(view: View) -> View:
        view.leads_to = (endpoint.replace(".", "_"), body)  # type: ignore[attr-defined]
        return view

    return mark
