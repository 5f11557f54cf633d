"""An event in an answer: our JSON, or schema.org's for who asks for it by `Accept`."""

import hashlib
from functools import cache

import bson
import orjson
from flask import Response

from ..http.etag import tag_of, tagged_as, tagged_body
from ..http.kept_bodies import KeptBodies
from ..http.negotiation import VARY, is_preferred
from ..http.services import service
from . import examples, permissions, shop
from .hidden import differs_by_viewer, has_hidden
from .model import Event
from .permissions import Actor
from .schemas import EventRead
from .structured_data import MEDIA_TYPE, StructuredData

EVENT = EventRead()
# A page can have the answer in a `<script>`, which must not end where a title has `</script>`. In JSON these characters
# stand only in strings, so that they can be replaced in the encoded text.
ESCAPES = {b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026", "\u2028".encode(): b"\\u2028"}
ESCAPES["\u2029".encode()] = b"\\u2029"
# For events with hidden ticket types: who runs one is known by their token, and sees more than a cache has for others.
VARY_BY_VIEWER = {"Vary": f"{VARY['Vary']}, Authorization"}
NOT_KEPT = VARY_BY_VIEWER | {"Cache-Control": "private, no-store"}
kept = service(KeptBodies)
structured_data = service(StructuredData)


def answer(event: Event, viewer_id: Actor | None, *, by_code: bool = False) -> Response:
    """Return an event as its viewer sees it, in the representation that they prefer, with an `ETag` of its own.

    Our JSON is kept as everybody sees it: never as its organizer does, with hidden ticket types, or `by_code`.
    """
    headers = NOT_KEPT if by_code else VARY_BY_VIEWER if differs_by_viewer(event) else VARY
    if is_preferred(MEDIA_TYPE, "application/json"):
        return _structured(event, headers)
    if differs_by_viewer(event) and not has_hidden(event):  # what is stored would tell of sales that are not shown
        return tagged_body(_render(event), event["version"], headers=headers)
    tag = _tag(event)
    if by_code or has_hidden(event) or permissions.is_own(event, viewer_id):
        return tagged_as(tag, lambda: _render(event), headers=headers)
    key = ("event", event["_id"])
    return tagged_as(tag, lambda: kept.get(key, tag, lambda: _render(event)), headers=headers)


def written(event: Event, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an event as the answer to a write, with the `ETag` that it has when its organizer reads it."""
    return tagged_as(_tag(event), lambda: _render(event), status, headers)


def _render(event: Event) -> bytes:
    return orjson.dumps(EVENT.dump(event))


def _tag(event: Event) -> str:
    """Return the tag of an event in our JSON: 7 us, and 35 with a digest of the body.

    It is a digest of all that is stored, with the name of the organizer as it is shown. So it changes with every write,
    whatever was written and by whom: `revision` alone would not tell a sale of the version before.
    """
    return tag_of(event["version"], bson.encode(event), _release())


@cache
def _release() -> bytes:
    """Return a digest of what this release makes of an example, for releases that show the same event differently."""
    example = EVENT.load(examples.EVENT_WITH_TYPES)
    return hashlib.blake2b(_render(shop.shown(example)), digest_size=16).digest()


def _structured(event: Event, headers: dict[str, str]) -> Response:
    # Whether its tickets can be had depends on the time too, so it is made each time.
    body = orjson.dumps(structured_data.describe(event))
    for character, escape in ESCAPES.items():
        body = body.replace(character, escape)
    return tagged_body(body, event["version"], headers=headers, media_type=MEDIA_TYPE)
