"""Parameters as Stripe takes them, form-encoded: `metadata[order]=7`, `expand[0]=payment_intent`, `expand[]=charge`."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

MOST_FIELDS = 200
LONGEST_FIELD = 5000
MOST_METADATA, LONGEST_METADATA_KEY, LONGEST_METADATA = 50, 40, 500
KEY = re.compile(r"([A-Za-z0-9_]+)(?:\[([^\[\]]*)\])?")
INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)

Params = dict[str, Any]


def parse(body: str) -> Params:
    """Return the parameters: strings, lists of them and dictionaries of them. Raises `Refusal`."""
    try:
        pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS)
    except ValueError:
        raise invalid("The body is not form-encoded, or has too many fields.") from None
    params: Params = {}
    for key, value in pairs:
        written = KEY.fullmatch(key)
        if not written or len(value) > LONGEST_FIELD:
            raise invalid(f"Invalid parameter: {key[:100]}", key[:100])
        name, inner = written[1], written[2]
        if inner is None:
            params[name] = value
        elif inner == "" or inner.isdigit():
            _inner(params, name, list).append(value)
        else:
            _inner(params, name, dict)[inner] = value
    return params


def require_known(params: Params, known: Collection[str]) -> None:
    """Raise `Refusal` for a parameter that Stripe does not know."""
    for name in params:
        if name not in known:
            raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")


def text(params: Params, name: str) -> str | None:
    """Return a parameter that is a text, or None. Raises `Refusal`."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", name)
    return value or None


def required(params: Params, name: str) -> str:
    """Return a text that must be there. Raises `Refusal`."""
    value = text(params, name)
    if value is None:
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return value


def integer(params: Params, name: str, least: int = 1) -> int | None:
    """Return a whole number, or None. Raises `Refusal`."""
    value = text(params, name)
    if value is None:
        return None
    if not INTEGER.fullmatch(value):
        raise invalid(f"Invalid integer: {value[:30]}", name, "parameter_invalid_integer")
    if int(value) < least:
        message = f"This value must be greater than or equal to {least}."
        raise invalid(message, name, "parameter_invalid_integer")
    return int(value)


def metadata(params: Params) -> dict[str, str]:
    """Return the metadata. Raises `Refusal`."""
    given = params.get("metadata") or {}
    if not isinstance(given, dict) or len(given) > MOST_METADATA:
        raise invalid(f"Metadata is a hash of at most {MOST_METADATA} keys.", "metadata")
    for key, value in given.items():
        if len(key) > LONGEST_METADATA_KEY or len(value) > LONGEST_METADATA:
            raise invalid("Metadata keys have up to 40 characters, values up to 500.", f"metadata[{key[:40]}]")
    return dict(given)


def _inner(params: Params, name: str, kind: type[Any]) -> Any:
    if not isinstance(params.setdefault(name, kind()), kind):
        raise invalid(f"Invalid parameter: {name}", name)
    return params[name]
