"""Handlers of jobs that are one message each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..jobs.outbox import BatchHandler, Handler, Outbox
from .email import Sender
from .messages import Message
from .verified_only import AddressUnverified

Write = Callable[[dict[str, Any]], Message | None]


def nothing_more(_jobs: list[dict[str, Any]]) -> None:
    """For messages whose delivery is noted in their job alone."""


def nobody_told(_job: dict[str, Any]) -> None:
    """For messages that nobody asks about when they were dropped."""


def mailing(
    outbox: Outbox,
    sender: Sender,
    prepare: Callable[[list[dict[str, Any]]], Write],
    sent: Callable[[list[dict[str, Any]]], None] = nothing_more,
    dropped: Callable[[dict[str, Any]], None] = nobody_told,
) -> BatchHandler:
    """A handler that reads at once what a batch needs, sends message by message, and says at once what was sent.

    `prepare(jobs)` gives the function that writes the message of a job, or None if there is nothing to say any more.
    `dropped(job)` hears of one that was not to be sent, to an address that nobody has verified; its job is done.
    """

    @contextmanager
    def handler(jobs: list[dict[str, Any]]) -> Iterator[Handler]:
        write = prepare(jobs)
        delivered: list[dict[str, Any]] = []
        with sender.session() as send:

            def handle(job: dict[str, Any]) -> None:
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
