"""A sale opens: 5,000 connections at once for 2,000 tickets. Who gets an answer, which, and when?

    python -m benchmarks.rush [--connections 5000] [--tickets 2000] [--rounds 3] [--servers ours express]

Each connection is opened, books one ticket, and is closed, all at the same time; its time runs from the opening to the
last byte of the answer. A round is right if every answer is 201 or 409, none is missing, and exactly the tickets there
were are sold. It ends with status 1 if a round of ours was not. The load is this process, one of the cores' guests.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from .books import Books
from .database import Database
from .roster import ROSTER, SELLERS, installable
from .scenarios import CUSTOMERS, book, make_events
from .servers import CORES, Server, prepare_process

PATIENCE_SECONDS = 60
DROPPED = "dropped"
SOLD, SOLD_OUT = "201", "409"


@dataclass(frozen=True)
class Rush:
    """How a round went: answers by their status or `dropped`, each one's seconds, and the books after it."""

    answers: Counter
    seconds: list[float]
    books: Books

    def is_right(self, connections: int, tickets: int) -> bool:
        """Whether everybody got an answer, and the tickets were sold, once."""
        sold = min(connections, tickets)
        wanted = Counter({SOLD: sold, SOLD_OUT: connections - sold})
        return self.answers == wanted and self.books == Books(bookings=sold, wrong=0, oversold=0)


async def ask(port: int, request: bytes) -> tuple[str, float]:
    """Open a connection, send the request, read all of the answer: its status, or `dropped`, and the seconds."""
    begin = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                answer = await reader.read(-1)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        answer = b""
    words = answer.split(b" ", 2)
    status = words[1].decode() if len(words) == 3 else DROPPED
    return status, time.monotonic() - begin


async def ask_all(port: int, requests: Sequence[bytes]) -> list[tuple[str, float]]:
    """All requests at once, each on a connection of its own."""
    return await asyncio.gather(*(ask(port, request) for request in requests))


def measure(database: Database, name: str, connections: int, tickets: int) -> Rush:
    """One round of one server."""
    database.empty()
    with Server(name, database) as server:
        warm_up, event = make_events(server, 2, tickets)
        tokens = server.sign_up_customers(CUSTOMERS)
        warmed = tokens[:tickets]
        for token in warmed:
            server.post("/bookings", {"event_id": warm_up, "quantity": 1}, token)
        call = book([event], tokens)
        host = f"127.0.0.1:{server.port}"
        texts = [each.text(host).replace("\r\n", "\r\nConnection: close\r\n", 1).encode() for each in call]
        requests = [texts[number % len(texts)] for number in range(connections)]
        answers = asyncio.run(ask_all(server.port, requests))
    books = database.audit()
    books = Books(books.bookings - len(warmed), books.wrong, books.oversold)
    return Rush(Counter(status for status, _ in answers), [seconds for _, seconds in answers], books)


def row(name: str, rounds: Sequence[Rush], connections: int, tickets: int) -> str:
    """A server's line of the table: answers of all rounds, medians of their times."""
    answers = sum((each.answers for each in rounds), Counter())
    failed = sum(count for status, count in answers.items() if status.startswith("5"))
    known = answers[SOLD] + answers[SOLD_OUT] + answers[DROPPED] + failed
    percentiles = [quantiles(each.seconds, n=100) for each in rounds]
    cells = [
        *(ROSTER[name].title, answers[SOLD], answers[SOLD_OUT], failed, answers[DROPPED], answers.total() - known),
        f"{median(each[49] for each in percentiles):.1f}",
        f"{median(each[98] for each in percentiles):.1f}",
        f"{median(max(each.seconds) for each in rounds):.1f}",
        sum(each.books.oversold for each in rounds),
        f"{sum(each.is_right(connections, tickets) for each in rounds)} of {len(rounds)}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Measure in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--tickets", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", nargs="+", choices=SELLERS, default=list(SELLERS), metavar="SERVER")
    options = parser.parse_args()
    prepare_process()
    rounds = {name: [] for name in installable(options.servers)}
    with Database() as database:
        for number in range(options.rounds):
            for name, rushes in rounds.items():
                rushes.append(measure(database, name, options.connections, options.tickets))
                print(f"round {number + 1}: {name}: {dict(rushes[-1].answers)}", file=sys.stderr)
    heads = ("", SOLD, SOLD_OUT, "5xx", DROPPED, "other", "p50 s", "p99 s", "last s", "oversold", "right rounds")
    print("| " + " | ".join(heads) + " |\n" + "|---" + "|--:" * (len(heads) - 1) + "|")
    for name, each in rounds.items():
        print(row(name, each, options.connections, options.tickets))
    print(
        f"\n{options.connections:,} connections at once for {options.tickets:,} tickets, {options.rounds} round(s), "
        f"{CORES} cores; answers added up, medians of the times."
    )
    sys.exit(not all(each.is_right(options.connections, options.tickets) for each in rounds.get("ours", [])))


if __name__ == "__main__":
    main()
