"""`ETag`: `If-None-Match` saves sending what the caller already has, `If-Match` guards against lost edits."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, request
from marshmallow import Schema

from ..errors import Stale
from .response import BytesResponse


class StaleVersion(Stale):
    """Somebody changed this since you read it, so your `If-Match` is stale. Nothing was changed.

    Read it again, apply your change to what stands there now, and send it with the new `ETag` in `If-Match`.
    """

    code = "precondition_failed"
    title = "Changed in the meantime"
    example = {"detail": "Somebody changed this since you read it: read it again and use its new ETag."}


def tagged(
    schema: Schema, document: Mapping[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return `document` as an answer with an `ETag`, or 304 if the caller already has exactly this.

    The tag has two parts, `"<version>.<digest>"`: the digest changes with anything shown (a sale changes
    `available_tickets`), the version only when somebody edits. `If-None-Match` compares the whole; `If-Match` guards
    against lost edits, so it compares only the version: otherwise nobody could edit an event while it sells.
    """
    return tagged_body(orjson.dumps(schema.dump(document)), document["version"], status, headers)


def tagged_body(
    body: bytes,
    version: int,
    status: int = 200,
    headers: dict[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """Return the same for a document that is encoded already, of this version."""
    return tagged_as(tag_of(version, body), lambda: body, status, headers, media_type)


def tagged_as(
    tag: str,
    render: Callable[[], bytes],
    status: int = 200,
    headers: dict[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """Return an answer with this `ETag`, or 304 if the caller already has it; only otherwise `render` its body."""
    # Not `make_conditional`, which evaluates `If-Match` too: its 412 would have the document as its body.
    known = _is_known(tag)
    response = BytesResponse(None if known else render(), 304 if known else status, headers, mimetype=media_type)
    response.headers["ETag"] = f'"{tag}"'  # hexadecimal digits and a dot, so there is nothing to quote
    return response


def tag_of(version: int, content: bytes, key: bytes = b"") -> str:
    """Return the tag of a version with some content: `key` stands for all else that its body follows from."""
    return f"{version}.{hashlib.blake2b(content, digest_size=8, key=key).hexdigest()}"


def _is_known(tag: str) -> bool:
    given = request.environ.get("HTTP_IF_NONE_MATCH")
    if given is None or request.method not in ("GET", "HEAD"):
        return False
    return given == f'"{tag}"' or request.if_none_match.contains_weak(tag)  # nearly always the first, without parsing


def expected_versions() -> frozenset[int] | None:
    """Return the versions that `If-Match` allows a change to start from; None if the caller does not say.

    Weak tags never match (RFC 9110, section 13.1.1), so an `If-Match` without a usable tag is stale.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    tags = [re.fullmatch(r"(\d{1,15})\.[0-9a-f]{16}", tag) for tag in request.if_match if tag]
    return frozenset(int(tag[1]) for tag in tags if tag)


def require_version(document: Mapping[str, Any], expected: frozenset[int] | None) -> None:
    """Raise `StaleVersion` unless the document is at a version the caller expects."""
    if expected is not None and document["version"] not in expected:
        raise StaleVersion("Somebody changed this since you read it: read it again and use its new ETag.")
