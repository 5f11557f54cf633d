"""Named queues. Each has its own threads in every process, so that slow jobs in one never delay those in another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """The name of a queue, and the maximum number of threads that it uses in each process."""

    name: str
    threads: int = 4


BOOKS = Queue("books")  # jobs that need only MongoDB, and keep its data correct
MAIL = Queue("mail")  # jobs that wait for a mail server
