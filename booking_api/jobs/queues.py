"""Named queues. Each has its own threads in every process, so that slow jobs in one never delay those in another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """The name of a queue, and the maximum number of threads that it uses in each process.

    A thread takes jobs in batches, and there are more threads than one only if it does not keep up. `one_by_one` is for
    jobs that spend their time waiting for somebody else: each has a thread at once, so that none waits for another
    while there are threads left.
    """

    name: str
    threads: int = 4
    one_by_one: bool = False


BOOKS = Queue("books")  # jobs that need only MongoDB, and keep its data correct
MAIL = Queue("mail")  # jobs that wait for a mail server
PAYMENTS = Queue("payments", one_by_one=True)  # jobs that wait for who takes payments
