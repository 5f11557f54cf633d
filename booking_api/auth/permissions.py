"""What a caller may do with one document, for example as its owner. Each resource defines its own permissions.

Access by role is decided before a document is read (see `access`); a permission asks about the document itself.
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


def holds(caller_id: ObjectId | None, permission: Permission, document: Mapping[str, Any]) -> bool:
    """Return whether the caller has the permission; a caller who is not signed in has none."""
    return caller_id is not None and caller_id in permission.who(document)
