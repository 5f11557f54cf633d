"""How jobs of one kind are run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .model import Job
from .queues import Queue

Handler = Callable[[Job], None]  # runs one job; raises if it fails
# Takes jobs of its kind, reads all that they need together, and on exit writes all their results together.
BatchHandler = Callable[[list[Job]], AbstractContextManager[Handler]]
OnFailed = Callable[[Job], None]


@dataclass(frozen=True)
class JobKind:
    """The handler of a kind of jobs, the queue they wait in, and what happens when they keep failing."""

    handler: BatchHandler
    queue: Queue
    retry_forever: bool = False
    on_failed: OnFailed | None = None
