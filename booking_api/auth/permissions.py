"""What a caller may do with one document, for example as its owner. Each resource defines its own permissions.

Access by role is decided before a document is read (see `access`); a permission asks about the document itself.
Operators, who type commands on the server, have every permission.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId


@dataclass(frozen=True)
class Permission:
    """A permission: its name, its sentence for the documentation, and the function that finds who has it.

    `who` is given the document, and returns the ids of everybody who has the permission.
    """

    name: str
    sentence: str
    who: Callable[[Mapping[str, Any]], frozenset[ObjectId]]


class Operator:
    """Who operates the service. No request is an operator's: only commands act as `OPERATOR`."""


OPERATOR = Operator()
Actor = ObjectId | Operator  # an account, or an operator


def holds(actor: Actor | None, permission: Permission, document: Mapping[str, Any]) -> bool:
    """Return whether the caller has the permission; a caller who is not signed in (None) has none."""
    if isinstance(actor, Operator):
        return True
    return actor is not None and actor in permission.who(document)
