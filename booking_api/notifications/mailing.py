"""Handlers of jobs that are one message each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..jobs.outbox import BatchHandler, Handler, Outbox
from .email import Sender
from .messages import Message

Write = Callable[[dict], Message | None]


def nothing_more(_jobs: list[dict]) -> None:
    """For messages whose delivery is noted in their job alone."""


def mailing(
    outbox: Outbox,
    sender: Sender,
    prepare: Callable[[list[dict]], Write],
    sent: Callable[[list[dict]], None] = nothing_more,
) -> BatchHandler:
    """A handler that reads at once what a batch needs, sends message by message, and says at once what was sent.

    `prepare(jobs)` gives the function that writes the message of a job, or None if there is nothing to say any more.
    """

    @contextmanager
    def handler(jobs: list[dict]) -> Iterator[Handler]:
        write = prepare(jobs)
        delivered: list[dict] = []
        with sender.session() as send:

            def handle(job: dict) -> None:
                message = write(job)
                if message is not None:
                    send(message)
                    if sender.notes_each:
                        sent([job])
                        outbox.complete([job])
                    else:
                        delivered.append(job)

            yield handle
        if delivered:
            sent(delivered)

    return handler
