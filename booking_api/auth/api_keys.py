"""API keys: secrets with which programs act for an account, each within its scopes.

A key is `bk_` and 56 hexadecimal digits, of which the last eight are a checksum: what was cut or mistyped is refused
without a query, and programs that look for leaked secrets know it by its form. It has 192 random bits, so a plain hash
of it can be stored: nobody can try them all.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

from bson import ObjectId

from ..errors import Forbidden

PREFIX = "bk_"
SECRET_BYTES = 24
FORM = re.compile(rf"{PREFIX}([0-9a-f]{{{2 * SECRET_BYTES}}})([0-9a-f]{{8}})", re.ASCII)


class ScopeMissing(Forbidden):
    """This API key does not open this: it lacks the scope, is limited to something else, or no key may do this.

    The description of each operation names the scope that opens it. Make a key with that scope, or log in.
    """

    code = "scope_missing"
    title = "The key does not open this"
    example = {"detail": "No API key opens this: log in."}


@dataclass(frozen=True)
class Scope:
    """What a key can be given: its name, and its sentence for the documentation."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """What a key opens: the scopes, and the id of the only thing that it is limited to, if it is."""

    key_id: ObjectId
    scopes: frozenset[str]
    limited_to: ObjectId | None

    def require(self, scope: Scope | None) -> None:
        """Raise `ScopeMissing` unless the key has the scope; None stands for what no key opens."""
        if scope is None:
            raise ScopeMissing("No API key opens this: log in.")
        if scope.name not in self.scopes:
            raise ScopeMissing(f"This needs an API key with the scope {scope.name}.")

    def require_within(self, resource_id: ObjectId | None) -> None:
        """Raise `ScopeMissing` unless the key opens what is about this resource, or with None about no single one."""
        if self.limited_to is not None and resource_id != self.limited_to:
            raise ScopeMissing("This API key is limited, and this is not what it is limited to.")


def new_key() -> str:
    """Return a new random key."""
    secret = secrets.token_hex(SECRET_BYTES)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(key: str) -> bool:
    """Return whether a text has the form of a key, with the right checksum."""
    found = FORM.fullmatch(key)
    return found is not None and _checksum(found[1]) == found[2]


def digest_of(key: str) -> str:
    """Return the digest under which a key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"
