"""Links from what creates something to what can be done with it, taken from the paths and from what views declare."""

import re
from collections.abc import Iterator
from typing import Any

Paths = dict[str, dict[str, Any]]
PARAMETER = re.compile(r"\{(\w+)\}")


def add(paths: Paths) -> None:
    """Add links to every answer that says where it has created something, and to what its view leads to."""
    for path in paths:
        for operation in _operations(paths[path]):
            created = operation["responses"].get("201", {})
            links = _to_created(path, paths) if "Location" in created.get("headers", {}) else {}
            if declared := operation.pop("x-leads-to", None):
                name, body = declared
                links[name] = {"operationId": name, "requestBody": body}
            if links:
                created["links"] = links


def _to_created(path: str, paths: Paths) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: {"operationId": operation["operationId"], "parameters": parameters}
        for below, parameters in _below(path, paths)
        for operation in _operations(paths[below])
    }


def _operations(methods: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for operation in methods.values() if isinstance(operation, dict)]  # beside common parameters


def _below(path: str, paths: Paths) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the paths of one thing that is created at `path`, with where their parameters come from."""
    outer = PARAMETER.findall(path)
    for below in paths:
        inner = PARAMETER.findall(below)
        if below.startswith(path + "/{") and len(inner) == len(outer) + 1:
            yield below, {name: f"$request.path.{name}" for name in outer} | {inner[-1]: "$response.body#/id"}
