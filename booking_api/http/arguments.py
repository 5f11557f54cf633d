"""What a view takes from a request: a JSON body, a query, or nothing. Unknown fields are refused."""

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, cast

import orjson
from flask import Request, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, ValidationError
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from ..errors import ValidationFailed
from . import time_limit
from .body import body_of
from .fields import Arguments
from .json import read_json
from .problems import MalformedJson

P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., Any])


class ArgumentsParser(FlaskParser):
    """Parses arguments as the contract requires: only JSON, only known fields, and errors by field."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": RAISE}

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return the arguments; raises `OutOfTime` if reading them took so long that too little time is left."""
        started = time.monotonic()
        arguments = super().parse(*args, **kwargs)
        time_limit.require_time_after(time.monotonic() - started)
        return arguments

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the parsed body. Another media type is a 415, malformed JSON a 400; no body means an empty object."""
        raw = body_of(req)
        if req.mimetype != "application/json" and (raw or req.mimetype):
            raise UnsupportedMediaType
        if not raw:
            return missing
        try:
            return read_json(raw)
        except orjson.JSONDecodeError as error:
            raise MalformedJson(f"The body is not JSON: {error}.") from error

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Raise `ValidationFailed` with marshmallow's messages as one flat map from a field's path to its messages."""
        (messages,) = cast(dict[str, Any], error.messages).values()
        raise ValidationFailed(flatten(messages)) from error


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A flask-smorest blueprint that reads its arguments with `ArgumentsParser`."""

    ARGUMENTS_PARSER = ArgumentsParser()

    def rare_query(self, schema: Schema) -> Callable[[View], View]:
        """Take a query that most requests lack, on a hot route: the view then gets `{}`, and nothing is parsed."""

        def decorate(view: View) -> View:
            queried = self.arguments(schema, location="query")(view)

            @wraps(queried)
            def chosen(**path: Any) -> Any:
                return queried(**path) if request.environ.get("QUERY_STRING") else view({}, **path)

            return cast(View, chosen)

        return decorate

    if TYPE_CHECKING:  # flask-smorest has no types

        def route(self, rule: str, **options: Any) -> Callable[[View], View]: ...
        def arguments(self, schema: Schema, **options: Any) -> Callable[[View], View]: ...
        def response(self, status: int, schema: Any = None, **options: Any) -> Callable[[View], View]: ...
        def alt_response(self, status: int, **options: Any) -> Callable[[View], View]: ...
        def doc(self, **operation: Any) -> Callable[[View], View]: ...


class Nothing(Arguments):
    """An optional body without any fields."""


NOTHING = Nothing()


def takes_nothing(view: Callable[P, Any]) -> Callable[P, Any]:
    """Refuse a body with fields instead of ignoring them; for a POST that takes none."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Any:
        ArgumentsParser().parse(NOTHING, request, location="json")
        return view(*args, **kwargs)

    return checked


def takes_query(view: Callable[..., Any]) -> bool:
    """Return whether a view declares query parameters, and so checks them itself."""
    parameters = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    return any(parameter["in"] == "query" for parameter in parameters)


def refuse_query() -> None:
    """Raise `ValidationFailed` if the request has query parameters; for views of the API that declare none."""
    if request.query_string and request.args and request.path.startswith("/api/"):
        raise ValidationFailed({name: ["Unknown field."] for name in request.args})


def flatten(messages: dict[Any, Any] | list[Any], path: str = "") -> dict[str, list[str]]:
    """Return nested messages as one map from a field's path to its messages.

    `{"items": {0: {"quantity": ["No."]}}}` becomes `{"items.0.quantity": ["No."]}`; `_schema` means the body itself.
    """
    if isinstance(messages, list):
        return {path or "body": messages}
    flat: dict[str, list[str]] = {}
    for key, value in messages.items():
        inner = path if key == "_schema" else f"{path}.{key}" if path else str(key)
        flat |= flatten(value, inner)
    return flat
