"""Named queues. Each has its own threads in every process, so that slow jobs of one never delay those of another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """The name of a queue, and the most threads that work on it in each process."""

    name: str
    threads: int = 4


BOOKS = Queue("books")  # jobs that only need MongoDB and that keep its data right
MAIL = Queue("mail")  # jobs that wait for a mail server
