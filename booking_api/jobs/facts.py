"""Facts that a package publishes: each has a name and a type of payload."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Payload = TypeVar("Payload", bound=Mapping[str, object])


@dataclass(frozen=True, eq=False)
class Fact(Generic[Payload]):
    """Something that has happened, named in the past tense: `Fact[SomeTypedDict]("thing.changed")`.

    Its payload becomes that of the jobs that it causes: ids, and dates that distinguish one job from another.
    Each is one object, made by the package that publishes it, and equal to no other.
    """

    name: str
