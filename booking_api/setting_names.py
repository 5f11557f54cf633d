"""The names of all settings, and the variables that look like a misspelled one."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from .config import MINIMUM_SECRET_BYTES, Settings

PLATFORM = "RENDER"  # how the variables begin by which Render describes itself; they are no settings
LIKENESS = 0.8  # as difflib counts it: MONGO_URL and MONGODB_URI have 0.8
SHORTEST = 6  # shorter names resemble too many others: PORT0 and PORTS are other programs'


class _Noting(dict[str, str]):
    """An environment that notes which variables are looked up in it."""

    def __init__(self, **variables: str):
        super().__init__(variables)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


@cache
def names_of_settings() -> frozenset[str]:
    """Return the names of all settings: those that `Settings.from_environ` looks up."""
    noting = _Noting(JWT_SECRET_KEY="x" * MINIMUM_SECRET_BYTES)  # with one, none is made
    Settings.from_environ(noting)
    return frozenset(name for name in noting.names if not name.startswith(PLATFORM))


def misspelled(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return a sentence for each variable that is no setting but nearly has the name of one; none shows a value."""
    found = near_misses(environ, names_of_settings())
    return [f"{name} is not a setting: do you mean {near}?" for name, near in found.items()]


def near_misses(environ: Iterable[str], settings: Iterable[str]) -> dict[str, str]:
    """Return the variables that are no settings but nearly have the name of one, each with that name.

    A setting that is there under its own name is not suggested: the other variable is another program's.
    """
    present, known = set(environ), set(settings)
    absent = known - present
    candidates = [name for name in absent if len(name) >= SHORTEST]
    found: dict[str, str] = {}
    for name in sorted(present - known):
        upper = name.upper()
        near = [upper] if upper in absent else get_close_matches(upper, candidates, n=1, cutoff=LIKENESS)
        if near:
            found[name] = near[0]
    return found
