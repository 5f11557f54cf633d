"""JSON for the whole application: strict parsing, and the encoder for every answer."""

import gc
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

from .response import BytesResponse

LARGE_BODY = 10_000  # bytes


class JsonCodec(JSONProvider):
    """orjson for the whole app: it refuses NaN, lone surrogates and nesting beyond 1024, which `json` accepts."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return an object as JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response with the arguments of `jsonify` as JSON."""
        return BytesResponse(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def read_json(raw: bytes) -> Any:
    """Return the parsed body; raises `orjson.JSONDecodeError`."""
    if len(raw) < LARGE_BODY:
        return orjson.loads(raw)
    # While hundreds of thousands of lists are created, the garbage collector would scan the whole heap again and again:
    # 1 MB of them took 240 ms with it, and takes 13 ms without. Even if other threads do the same, it ends up enabled.
    gc.disable()
    try:
        return orjson.loads(raw)
    finally:
        gc.enable()
