"""JSON in and out: strict parsing, the response encoder, and the `ETag` of a single document."""

import gc
import hashlib
import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from bson import ObjectId
from flask import Request, Response, request
from flask.json.provider import JSONProvider
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.routing import BaseConverter

from ..errors import Stale, ValidationFailed
from . import time_limit
from .fields import Arguments
from .problems import MalformedJson

LARGE_BODY = 10_000  # bytes


class StaleVersion(Stale):
    """Somebody changed this since you read it, so your `If-Match` is stale. Nothing was changed.

    Read it again, apply your change to what stands there now, and send it with the new `ETag` in `If-Match`.
    """

    code = "precondition_failed"
    title = "Changed in the meantime"
    example = {"detail": "Somebody changed this since you read it: read it again and use its new ETag."}


class JsonCodec(JSONProvider):
    """orjson for the whole app: it refuses NaN, lone surrogates and nesting beyond 1024, where `json` does not."""

    def dumps(self, obj, **kwargs) -> str:
        """A JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s, **kwargs):
        """The value of a JSON text."""
        return orjson.loads(s)

    def response(self, *args, **kwargs) -> Response:
        """A response with the JSON of what `jsonify` was given."""
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def read_json(raw: bytes) -> Any:
    """The value of a body; raises `orjson.JSONDecodeError`."""
    if len(raw) < LARGE_BODY:
        return orjson.loads(raw)
    # While hundreds of thousands of lists are made, the collector would walk through all of the heap again and again:
    # 1 MB of them took 240 ms with it, and takes 13 ms without. Whatever another thread does meanwhile, it is on again.
    gc.disable()
    try:
        return orjson.loads(raw)
    finally:
        gc.enable()


class ArgumentsParser(FlaskParser):
    """Reads arguments as the contract says: only JSON, only known fields, and errors by field."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": RAISE}

    def parse(self, *args, **kwargs):
        """The arguments; raises `OutOfTime` if reading them took so long that too little is left for what is asked."""
        started = time.monotonic()
        arguments = super().parse(*args, **kwargs)
        time_limit.require_time_after(time.monotonic() - started)
        return arguments

    def load_json(self, req: Request, schema: Schema):
        """The parsed body. 415 for another type, 400 for what is not JSON; no body at all is an empty object."""
        raw = req.get_data(cache=False)
        # werkzeug cuts a body without a length at the limit, and says nothing.
        if req.content_length is None and len(raw) >= req.max_content_length:
            raise RequestEntityTooLarge
        if req.mimetype != "application/json" and (raw or req.mimetype):
            raise UnsupportedMediaType
        if not raw:
            return missing
        try:
            return read_json(raw)
        except orjson.JSONDecodeError as error:
            raise MalformedJson(f"The body is not JSON: {error}.") from error

    def handle_error(self, error, req, schema, *, error_status_code, error_headers):
        """Turn marshmallow's messages into one flat map from a field's path to its messages."""
        (messages,) = error.messages.values()
        raise ValidationFailed(flatten(messages)) from error


class Nothing(Arguments):
    """A body that may be left out, and in which no field is known."""


NOTHING = Nothing()


def takes_nothing(view: Callable) -> Callable:
    """For a POST that has no fields: refuses any that are sent, rather than ignore them."""

    @wraps(view)
    def checked(*args, **kwargs):
        ArgumentsParser().parse(NOTHING, request, location="json")
        return view(*args, **kwargs)

    return checked


def takes_query(view: Callable) -> bool:
    """Whether a view declares query parameters, and so checks them itself."""
    parameters = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    return any(parameter["in"] == "query" for parameter in parameters)


def refuse_query() -> None:
    """Raise `ValidationFailed` for any query parameter, in a view of the API that knows none."""
    if request.query_string and request.args and request.path.startswith("/api/"):
        raise ValidationFailed({name: ["Unknown field."] for name in request.args})


def flatten(messages: dict | list, path: str = "") -> dict[str, list[str]]:
    """`{"items": {0: {"quantity": ["No."]}}}` as `{"items.0.quantity": ["No."]}`; `_schema` is the body itself."""
    if isinstance(messages, list):
        return {path or "body": messages}
    flat: dict[str, list[str]] = {}
    for key, value in messages.items():
        inner = path if key == "_schema" else f"{path}.{key}" if path else str(key)
        flat |= flatten(value, inner)
    return flat


class Blueprint(SmorestBlueprint):
    """A flask-smorest blueprint that reads its arguments with `ArgumentsParser`."""

    ARGUMENTS_PARSER = ArgumentsParser()


class ObjectIdConverter(BaseConverter):
    """Ids in paths. One that cannot exist matches no route, so it is a 404."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        """The id of the database."""
        return ObjectId(value)

    def to_url(self, value: ObjectId) -> str:
        """The id of the contract."""
        return str(value)


def tagged(schema: Schema, document: dict, status: int = 200, headers: dict | None = None) -> Response:
    """`document` as an answer with an `ETag`, or 304 if the caller already has exactly this.

    The tag has two parts, `"<version>.<digest>"`: the digest changes with anything shown (a sale changes
    `available_tickets`), the version only when somebody edits. `If-None-Match` compares the whole; `If-Match` guards
    against lost edits, so it compares the version, or nobody could edit an event while it sells.
    """
    body = orjson.dumps(schema.dump(document))
    response = Response(body, status, headers, mimetype="application/json")
    tag = f"{document['version']}.{hashlib.blake2b(body, digest_size=8).hexdigest()}"
    response.set_etag(tag)
    # Not by `make_conditional`, which heeds `If-Match` too: its 412 would have the document as its body.
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
        response.status_code = 304
    return response


def expected_versions() -> frozenset[int] | None:
    """The versions that `If-Match` allows the change to start from; None if the caller does not say.

    Weak tags never match (RFC 9110, section 13.1.1), so an `If-Match` without a usable tag is stale.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    tags = [re.fullmatch(r"(\d{1,15})\.[0-9a-f]{16}", tag) for tag in request.if_match if tag]
    return frozenset(int(tag[1]) for tag in tags if tag)


def require_version(document: dict, expected: frozenset[int] | None) -> None:
    """Raise `StaleVersion` unless the document is at a version the caller expects."""
    if expected is not None and document["version"] not in expected:
        raise StaleVersion("Somebody changed this since you read it: read it again and use its new ETag.")
