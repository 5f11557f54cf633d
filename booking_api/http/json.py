"""JSON for the whole application: strict reading, and the encoder of every answer."""

import gc
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

LARGE_BODY = 10_000  # bytes


class JsonCodec(JSONProvider):
    """orjson for the whole app: it refuses NaN, lone surrogates and nesting beyond 1024, where `json` does not."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response with the arguments of `jsonify` as JSON."""
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def read_json(raw: bytes) -> Any:
    """Return the value of a body; raises `orjson.JSONDecodeError`."""
    if len(raw) < LARGE_BODY:
        return orjson.loads(raw)
    # While hundreds of thousands of lists are made, the collector would walk through all of the heap again and again:
    # 1 MB of them took 240 ms with it, and takes 13 ms without. Whatever another thread does meanwhile, it is on again.
    gc.disable()
    try:
        return orjson.loads(raw)
    finally:
        gc.enable()
