"""Handlers of jobs that are one message each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..jobs.kinds import BatchHandler, Handler
from ..jobs.model import Job
from ..jobs.outbox import Outbox
from .email import Sender
from .messages import Message
from .verified_only import AddressUnverified

Write = Callable[[Job], Message | None]


def nothing_more(_jobs: list[Job]) -> None:
    """For messages whose delivery is noted in their job alone."""


def nobody_told(_job: Job) -> None:
    """For messages that nobody asks about when they were dropped."""


def mailing(
    outbox: Outbox,
    sender: Sender,
    prepare: Callable[[list[Job]], Write],
    sent: Callable[[list[Job]], None] = nothing_more,
    dropped: Callable[[Job], None] = nobody_told,
) -> BatchHandler:
    """A handler that reads at once what a batch needs, sends message by message, and says at once what was sent.

    `prepare(jobs)` gives the function that writes the message of a job, or None if there is nothing to say any more.
    `dropped(job)` hears of one that was not to be sent, to an address that nobody has verified; its job is done.
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
