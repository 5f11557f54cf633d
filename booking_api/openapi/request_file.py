"""`docs/requests.http`, made from the OpenAPI document: every operation, in an order that works from top to bottom.

The file is in the language of VS Code's REST Client and Visual Studio, where `# @name` names a request and
`{{name.response.body.$.id}}` is a value of its answer (https://github.com/Huachao/vscode-restclient).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

HEAD = """# Every operation of {title}, made by `flask --app wsgi requests` from its OpenAPI document.
#
# For VS Code's REST Client and Visual Studio: send the requests one after the other, from the top. Each takes the ids
# and tokens it needs from the answers before. In other editors put them in place of the `{{{{...}}}}`.
# The people are made up. A service that knows them already wants other emails, or the password they have by then.

@host = {host}
"""
ID = re.compile("[0-9a-f]{24}")
# What requests take over from answers: ids, and secrets of 128 random bits
TAKEN_OVER = re.compile(r"(?<![\w-])(?:[0-9a-f]{24}|[\w-]{22})(?![\w-])", re.ASCII)


@dataclass(frozen=True)
class Step:
    """A request of an operation, by `operationId`.

    `about` names the request whose answer has what stands in its path, and `where` says where in that answer, or, as
    in `request.things[0]`, where in a thing in it. For a path with several ids, `about` names a request for each.
    """

    operation: str
    about: str | tuple[str, ...] | None = None
    where: str = "$.id"


@dataclass(frozen=True)
class Walk:
    """The steps through one resource, each operation once.

    The file opens every resource in turn and closes them in reverse, so whatever ends something is a closing step.
    `tokens` says for each kind of access, by its name, which value of an earlier answer is the token.
    """

    opening: Sequence[Step]
    closing: Sequence[Step] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)


def write(document: dict[str, Any], walks: Sequence[Walk], host: str = "http://127.0.0.1:8000") -> str:
    """Return the text of the file, for a service that answers at `host`.

    Raises `KeyError` or `ValueError` if the walks and the document do not fit.
    """
    operations = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    }
    steps = list(_in_order(walks))
    missing = operations.keys() - {step.operation for step in steps}
    if missing:
        raise ValueError(f"The walk leaves out {', '.join(sorted(missing))}.")
    tokens = {access: token for walk in walks for access, token in walk.tokens.items()}
    known: dict[str, str] = {}
    parts = [HEAD.format(title=document["info"]["title"], host=host)]
    for step in steps:
        parts.extend(_requests(step, *operations[step.operation], tokens, known))
    return "\n".join(parts)


def _in_order(walks: Sequence[Walk]) -> Iterable[Step]:
    opening = (walk.opening for walk in walks)
    closing = (walk.closing for walk in reversed(walks))
    return chain.from_iterable(chain(opening, closing))


def _requests(
    step: Step, method: str, path: str, operation: dict[str, Any], tokens: Mapping[str, str], known: dict[str, str]
) -> Iterator[str]:
    """Yield a request for each example of an operation, and add the ids in its answer's example to `known`."""
    bodies = _examples(operation.get("requestBody", {"content": {}}))
    answers = _examples(next(iter(operation["responses"].values())))
    for key, body in (bodies or {None: None}).items():
        request = step.operation if key is None else f"{step.operation}_{key}"
        lines = ["###", f"# {operation['summary']}", f"# @name {request}"]
        lines.append(f"{method} {{{{host}}}}{_filled(path, step)}")
        if token := tokens.get(operation["x-access"]):
            lines.append(f"Authorization: Bearer {{{{{token}}}}}")
        if body is not None:
            lines += ["Content-Type: application/json", "", _with_known_ids(body, known)]
        yield "\n".join([*lines, ""])
        if operation["responses"].keys() & {"201"}:
            for where, value in _ids(answers[key]):
                known.setdefault(value, f"{{{{{request}.response.body.{where}}}}}")


def _examples(described: dict[str, Any]) -> dict[str | None, object]:
    """Return the examples of a body by name; a single example has the name None."""
    for content in described.get("content", {}).values():
        if "example" in content:
            return {None: content["example"]}
        return {name: example["value"] for name, example in content.get("examples", {}).items()}
    return {}


def _filled(path: str, step: Step) -> str:
    several = iter(step.about) if isinstance(step.about, tuple) else repeat(step.about)
    return re.sub(r"\{\w+\}", lambda _: _value_in(str(next(several)), step.where), path)


def _value_in(answer: str, where: str) -> str:
    request, _, thing = answer.partition(".")
    return f"{{{{{request}.response.body.{where.replace('$', f'$.{thing}') if thing else where}}}}}"


def _with_known_ids(body: object, known: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return known[found[0]] if ID.fullmatch(found[0]) else known.get(found[0], found[0])

    return TAKEN_OVER.sub(value, json.dumps(body, indent=2, ensure_ascii=False))


def _ids(value: object, where: str = "$") -> Iterator[tuple[str, str]]:
    """Yield every id and secret in an example, with its JSONPath."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _ids(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _ids(inner, f"{where}[{index}]")
    elif isinstance(value, str) and TAKEN_OVER.fullmatch(value):
        yield where, value
