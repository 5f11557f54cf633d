"""What is left of a rush when the server is killed in the middle of it: every ticket, or not?

    python -m benchmarks.killed [--kills 5] [--servers ours fastapi-quick] [--delay 0]

A hot event, 64 connections that book without a pause, and SIGKILL to all processes of the server once it has answered
a few hundred bookings. When MongoDB is done with what had been sent, two things are counted, of every server alike:
tickets taken from the stock that no booking has, and bookings answered with 201 that are not there. It ends with status
1 if ours lost anything.
"""

import argparse
import asyncio
import random
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

from .books import Ledger
from .database import Database
from .report import OURS
from .roster import ROSTER, SELLERS, installable
from .scenarios import book, make_events
from .servers import Server, prepare_process

CONNECTIONS = 64
CUSTOMERS = 8
ANSWERS = (150, 400)  # about so many before the kill, so that it finds each round at another moment
PATIENCE_SECONDS = 30  # for those answers; then it is killed all the same
STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: \S*/bookings/([0-9a-f]{24})\r\n", re.IGNORECASE)


def booking_of(head: bytes) -> str | None:
    """The booking that an answer with this head has made, if it has made one."""
    status, location = STATUS.match(head), LOCATION.search(head)
    return location[1].decode() if status and location and status[1] == b"201" else None


class Rush:
    """Customers of a server, until it is killed; `answered` are the bookings that they have heard of."""

    def __init__(self, server: Server, requests: Sequence[bytes], wanted: int):
        self.answered: list[str] = []
        self._server, self._requests, self._wanted = server, requests, wanted
        self._enough = asyncio.Event()

    async def run(self) -> None:
        """Book until so many are answered, kill the server, and see everybody's connection end."""
        shoppers = [asyncio.create_task(self._shop(number)) for number in range(CONNECTIONS)]
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), PATIENCE_SECONDS)
            self._server.kill()
            await asyncio.wait(shoppers, timeout=PATIENCE_SECONDS)
        finally:
            for each in shoppers:
                each.cancel()

    async def _shop(self, number: int) -> None:
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
            try:
                while True:
                    writer.write(self._requests[number % len(self._requests)])
                    head = await reader.readuntil(b"\r\n\r\n")
                    await reader.readexactly(int(LENGTH.search(head)[1]))
                    self._note(head)
                    number += CONNECTIONS
            finally:
                writer.close()

    def _note(self, head: bytes) -> None:
        if booking := booking_of(head):
            self.answered.append(booking)
        if len(self.answered) >= self._wanted:
            self._enough.set()


def measure(database: Database, name: str, books: Ledger) -> None:
    """One kill of one server."""
    database.empty()
    with Server(name, database) as server:
        event = make_events(server, 1)
        calls = book(event, server.sign_up_customers(CUSTOMERS))
        requests = [call.text(f"127.0.0.1:{server.port}").encode() for call in calls]
        rush = Rush(server, requests, random.randint(*ANSWERS))
        asyncio.run(rush.run())
        database.wait_until_left()
        books.note_kill(database.audit(), database.count_absent(rush.answered))


def measure_all(database: Database, books: dict[str, Ledger], kills: int) -> None:
    """Kill each server in turn, so often."""
    for number in range(kills):
        for name, ledger in books.items():
            measure(database, name, ledger)
            print(f"kill {number + 1}: {name}: {ledger.of_kills} so far", file=sys.stderr)


def main() -> None:
    """Measure and say what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--servers", nargs="+", choices=SELLERS, default=list(SELLERS), metavar="SERVER")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="before mongod")
    options = parser.parse_args()
    prepare_process()
    books = {name: Ledger() for name in installable(options.servers)}
    with Database(options.delay) as database:
        measure_all(database, books, options.kills)
    for name, ledger in books.items():
        print(f"- {ROSTER[name].title}: {ledger.of_kills}")
    sys.exit(OURS in books and not books[OURS].outlives_kills)


if __name__ == "__main__":
    main()
