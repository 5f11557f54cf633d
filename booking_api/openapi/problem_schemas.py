"""The schemas of problems, made from their classes: the codes, the members that some of them add."""

import re
from typing import Any

from ..errors import Problem
from ..http import problems
from ..http.converters import ObjectIdConverter

JsonSchema = dict[str, Any]

ID_PATTERN = f"^{ObjectIdConverter.regex}$"
PROBLEM, CODE = "Problem", "ProblemCode"
OF_ALL: JsonSchema = {
    "type": {"type": "string", "format": "uri-reference", "description": "A page that explains the code."},
    "title": {"type": "string"},
    "status": {"type": "integer"},
    "detail": {"type": "string", "description": "What happened and what to do, for people."},
    "code": {"$ref": f"#/components/schemas/{CODE}"},
}


def schemas() -> dict[str, JsonSchema]:
    """Return the schemas of problems, by their names in the components of the document."""
    return {
        CODE: {
            "type": "string",
            "enum": problems.codes(),
            "description": "What happened, for programs. Each code stands at `/problems` with what to do.",
        },
        PROBLEM: {
            "type": "object",
            "description": "An error, as RFC 9457 has it. Members that are not required come with the codes named.",
            "required": list(OF_ALL),
            "properties": OF_ALL | _extensions(),
        },
    }


def with_one_of(codes: list[str]) -> JsonSchema:
    """Return the schema of a problem that has one of these codes."""
    of_code = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string", "enum": codes}}}
    return {"allOf": [{"$ref": f"#/components/schemas/{PROBLEM}"}, of_code]}


def _extensions() -> dict[str, JsonSchema]:
    """Return the schemas of all members that problems add; raises `ValueError` if two problems differ about one."""
    found: dict[str, JsonSchema] = {}
    named_by: dict[str, list[str]] = {}
    for code, kind in sorted(Problem.registry.items()):
        for name in kind.example.keys() - OF_ALL.keys():
            schema = kind.extensions.get(name) or _schema_of(name, kind.example[name])
            if found.setdefault(name, schema) != schema:
                raise ValueError(f"{code} has another {name} than {named_by[name]}.")
            named_by.setdefault(name, []).append(code)
    return {
        name: {"description": f"With {', '.join(f'`{code}`' for code in named_by[name])}."} | schema
        for name, schema in sorted(found.items())
    }


def _schema_of(name: str, example: object) -> JsonSchema:
    if isinstance(example, int) and not isinstance(example, bool):
        return {"type": "integer"}
    if isinstance(example, str):
        return {"type": "string"} | ({"pattern": ID_PATTERN} if re.fullmatch(ID_PATTERN, example) else {})
    raise ValueError(f"An example like {example!r} does not say what {name} may be: name its schema in `extensions`.")
