"""Facts: the news that a package publishes, each a name and the type of what it carries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Payload = TypeVar("Payload", bound=Mapping[str, object])


@dataclass(frozen=True)
class Fact(Generic[Payload]):
    """Something that has happened, named in the past tense: `Fact[SomeTypedDict]("thing.changed")`.

    What it carries becomes the payload of the jobs that it causes: ids, and dates that tell one job from another.
    """

    name: str
