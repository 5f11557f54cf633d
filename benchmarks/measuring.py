"""One round of one server in one scenario: its rate and latency by wrk, its CPU from /proc, and its books.

A server also works on requests that the end of a run cuts off, and on what it owes after its answers. So its CPU is
divided by the bookings that are in the database once it is idle, where it sells, and else by the answers of the run.
Of logins at a high cost too few are answered for that: a known number is sent once more, one after the other.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import mean

from . import hashing, load
from .books import Ledger
from .database import Database
from .scenarios import API, Scenario
from .servers import CALLERS, Server

WARM_UP_SECONDS = 2  # or half of a shorter measurement
OWED_SECONDS = 10


@dataclass(frozen=True)
class Round:
    """Results by the number of connections, and the CPU milliseconds of bcrypt alone, where it is part of a request."""

    results: dict[int, load.Result]
    bcrypt: float | None = None


def measure(database: Database, name: str, scenario: Scenario, seconds: int, books: Ledger, **environ: str) -> Round:
    """Each number of connections in turn, then the audit."""
    database.empty()
    alone = []

    def weigh_bcrypt() -> None:
        if scenario.bcrypt:
            alone.append(hashing.milliseconds(scenario.bcrypt))

    with Server(name, database, **scenario.environ, **environ) as server:
        run = _Run(database, server, scenario, scenario.prepare(server))
        warm_up = run.send(scenario.connections[0], min(WARM_UP_SECONDS, max(1, seconds // 2)))
        weigh_bcrypt()
        results = {connections: run.measured(connections, seconds) for connections in scenario.connections}
        weigh_bcrypt()
    if scenario.sells:
        books.note(database.audit(), sum(each.succeeded for each in (warm_up, *results.values())))
    return Round(results, mean(alone) if alone else None)


class _Run:
    """What a server that is ready is asked."""

    def __init__(self, database: Database, server: Server, scenario: Scenario, calls: list[load.Call]):
        self._database, self._server, self._scenario, self._calls = database, server, scenario, calls

    def send(self, connections: int, seconds: int) -> load.Result:
        """Send requests for so long."""
        expected = self._scenario.expected
        return load.run(self._server.url, self._calls, expected=expected, connections=connections, seconds=seconds)

    def measured(self, connections: int, seconds: int) -> load.Result:
        """Send them, and see what they use."""
        seconds = max(seconds, self._scenario.least_seconds)
        forwarder = self._database.forwarder
        if self._scenario.sells:
            self._server.wait_until_idle(OWED_SECONDS)
        sold = self._database.count_bookings()
        forwarded = forwarder and forwarder.cpu_seconds()
        before = self._server.cpu_seconds()
        result = self.send(connections, seconds)
        if forwarder and forwarded is not None:
            result = replace(result, forwarder=(forwarder.cpu_seconds() - forwarded) / seconds)
        if before is None:
            return result
        done = result.answered
        if self._scenario.sells:
            self._server.wait_until_idle(OWED_SECONDS)
            done = self._database.count_bookings() - sold
        if self._scenario.counted:
            before, done = self._server.cpu_seconds(), self._scenario.counted
            self._send_counted()
        used = self._server.cpu_seconds() - before
        return replace(result, cpu=1000 * used / done if done else None)

    def _send_counted(self) -> None:
        """Send a known number, a few at once, and take every answer."""
        calls = [self._calls[number % len(self._calls)] for number in range(self._scenario.counted)]
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(lambda call: self._server.post(call.path.removeprefix(API), call.body), calls))
