"""An event in an answer: our JSON, or schema.org's for who asks for it by `Accept`."""

import orjson
from flask import Response

from ..http.etag import tagged, tagged_body
from ..http.negotiation import VARY, is_preferred
from ..http.services import service
from .model import Event
from .schemas import EventRead
from .structured_data import MEDIA_TYPE, StructuredData

EVENT = EventRead()
# A page can have the answer in a `<script>`, which must not end where a title has `</script>`. In JSON these characters
# stand only in strings, so that they can be replaced in the encoded text.
ESCAPES = {b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026", "\u2028".encode(): b"\\u2028"}
ESCAPES["\u2029".encode()] = b"\\u2029"
structured_data = service(StructuredData)


def answer(event: Event) -> Response:
    """Return an event in the representation that the caller prefers, with an `ETag` of its own."""
    if not is_preferred(MEDIA_TYPE, "application/json"):
        return tagged(EVENT, event, headers=VARY)
    body = orjson.dumps(structured_data.describe(event))
    for character, escape in ESCAPES.items():
        body = body.replace(character, escape)
    return tagged_body(body, event["version"], headers=VARY, media_type=MEDIA_TYPE)
