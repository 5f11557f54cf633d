"""What schemas need so that clients can be generated from them: names for enums, no defaults in bodies."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from marshmallow import fields

from ..http.fields import Choice

NAME = "x-schema"


def named_enum(name: str, values: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an enum that `name_enums` moves to the components."""
    return {NAME: name, "type": "string", "enum": list(values)}


def describe_choice(_converter: object, field: fields.Field[Any], **_kwargs: Any) -> dict[str, str]:
    """Mark the schema of a `Choice` with the name that `name_enums` gives it."""
    return {NAME: field.schema_name} if isinstance(field, Choice) else {}


def name_enums(document: dict[str, Any]) -> None:
    """Move every marked enum to the components; raises `ValueError` if two enums have the same name."""
    named = document["components"]["schemas"]
    for schema in list(_marked(document)):
        name = schema.pop(NAME)
        enum = {"type": schema.pop("type"), "enum": schema.pop("enum")}
        if named.setdefault(name, enum) != enum:
            raise ValueError(f"There are two schemas {name}.")
        schema["$ref"] = f"#/components/schemas/{name}"


def describe_defaults(document: dict[str, Any]) -> None:
    """Say the defaults of bodies in words: generators take a field with a `default` for one that is always there.

    Query parameters keep theirs.
    """
    for schema in document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            default = field.pop("default", None)
            if default is not None:
                said = f"By default `{default if isinstance(default, str) else orjson.dumps(default).decode()}`."
                field["description"] = " ".join(filter(None, [field.get("description"), said]))


def _marked(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if NAME in part:
            yield part
        for inner in part.values():
            yield from _marked(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _marked(inner)
