"""Handlers of jobs that are one message each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..jobs.kinds import BatchHandler, Handler
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from .email import Sender
from .message import Message
from .verified_only import AddressUnverified

Write = Callable[[Job], Message | None]


def nothing_more(_jobs: list[Job]) -> None:
    """Do nothing: the delivery is recorded in the job alone."""


def nobody_told(_job: Job) -> None:
    """Do nothing: nobody needs to know that the message was dropped."""


def mailing(
    outbox: Outbox,
    sender: Sender,
    prepare: Callable[[list[Job]], Write],
    sent: Callable[[list[Job]], None] = nothing_more,
    dropped: Callable[[Job], None] = nobody_told,
) -> BatchHandler:
    """Return a handler that loads what a batch needs, sends one message for each job, and records what was sent.

    `prepare(jobs)` returns a function that writes the message of a job, or returns None if it is no longer needed.
    `sent(jobs)` is called after messages were sent. `dropped(job)` is called for a message that must not be sent
    because its address is not verified; its job counts as done.
    """

    @contextmanager
    def handler(jobs: list[Job]) -> Iterator[Handler]:
        write = prepare(jobs)
        delivered: list[Job] = []
        with sender.session() as send:

            def handle(job: Job) -> None:
                message = write(job)
                if message is None:
                    return
                try:
                    send(message)
                except AddressUnverified:
                    dropped(job)
                    return
                if sender.notes_each:
                    sent([job])
                    outbox.complete([job])
                else:
                    delivered.append(job)

            yield handle
        if delivered:
            sent(delivered)

    return handler
