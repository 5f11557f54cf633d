"""This service beside its rivals, on one machine, one MongoDB and by one contract.

    python -m benchmarks.compare [--quick] [--rounds 3] [--seconds 5] [--only hot list] [--servers ours express]
                                 [--markdown docs/BENCHMARKS.md] [--plot docs/benchmark.svg]

Round by round, scenario by scenario, the servers are measured in turn, each started anew on an emptied database and
warmed up first. Medians are printed; after each round the books are audited. It needs wrk and, for the rivals, Node and
the package registries once; what cannot be had is left out and said. All of it takes about 15 minutes, `--quick` five.
It ends with status 1 if any server's books are wrong.
"""

import argparse
import platform
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

from . import load
from .database import Database
from .plot import draw
from .report import NAMES, Measurement, summarize, table
from .scenarios import SCENARIOS, Scenario
from .servers import COMMANDS, CORES, Server, installable

WARM_UP_SECONDS = 2


class Ledger(Counter):
    """Over all rounds of a server: bookings, events wrong, tickets oversold, bookings answered but not there."""

    def note(self, database: Database, answered: int) -> None:
        """Audit a server that has stopped; it answered so many bookings with 201."""
        books = database.audit()
        self.update(bookings=books.bookings, wrong=books.wrong, oversold=books.oversold)
        self.update(lost=max(0, answered - books.bookings))

    @property
    def right(self) -> bool:
        """Whether every ticket is accounted for."""
        return not (self["wrong"] or self["oversold"] or self["lost"])

    def __str__(self) -> str:
        return (
            f"{self['bookings']:,} bookings, {self['wrong']} events with wrong books, {self['oversold']} tickets "
            f"oversold, {self['lost']} bookings answered but lost"
        )


def measure(
    database: Database, name: str, scenario: Scenario, seconds: int, books: Ledger, **environ: str
) -> dict[int, load.Result]:
    """One round of one server: each number of connections in turn, then the audit."""
    database.empty()
    with Server(name, database, **scenario.environ, **environ) as server:
        calls = scenario.prepare(server)

        def run(connections: int, seconds: int) -> load.Result:
            return load.run(server.url, calls, expected=scenario.expected, connections=connections, seconds=seconds)

        warm_up = run(scenario.connections[0], WARM_UP_SECONDS)
        results = {connections: run(connections, seconds) for connections in scenario.connections}
    if scenario.expected == 201:
        books.note(database, sum(each.succeeded for each in (warm_up, *results.values())))
    return results


def raise_file_limit() -> None:
    """Let this process and the servers open as many connections as the system allows without asking."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def describe_machine(database: Database, servers: list[str]) -> str:
    """What it ran on, in a line."""
    node = ""
    if "express" in servers:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        node = f", Node {said.strip().lstrip('v')}"
    return (
        f"{CORES} cores, {platform.system()}, Python {platform.python_version()}{node}, MongoDB {database.version} "
        "(w=majority, journaled), servers, mongod and load on the same cores"
    )


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--quick", action="store_true", help="one round of 3 s")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="SCENARIO")
    parser.add_argument("--servers", nargs="+", choices=COMMANDS, default=list(COMMANDS), metavar="SERVER")
    parser.add_argument("--markdown", type=Path, help="write the table there too")
    parser.add_argument("--plot", type=Path, help="draw the plot there, as SVG")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 3
    return options


def main() -> None:
    """Measure, print and draw."""
    options = parse_options()
    load.require_wrk()
    raise_file_limit()
    servers = installable(options.servers)
    if not servers:
        sys.exit("No server is left to measure.")
    measurements = []
    books = {name: Ledger() for name in servers}
    with Database() as database:
        machine = describe_machine(database, servers)
        for turn in range(options.rounds):
            for scenario in (SCENARIOS[name] for name in options.only):
                for name in servers:
                    results = measure(database, name, scenario, options.seconds, books[name])
                    for connections, result in results.items():
                        measurements.append(Measurement(turn, name, scenario.title, connections, result))
                        print(
                            f"round {turn + 1}: {scenario.title}, {connections} connections, {name}: "
                            f"{result.rate:.1f}/s, {result.errors} errors",
                            file=sys.stderr,
                        )
    groups = summarize(measurements)
    busiest = max(each.result.generator for each in measurements)
    report = [
        table(groups),
        f"Medians of {options.rounds} round(s) of {options.seconds} s; {machine}. "
        f"wrk never used more than {busiest:.0%} of one core.",
        "The books, audited after each round:",
        "\n".join(f"- {NAMES[name]}: {each}" for name, each in books.items() if each),
    ]
    text = "\n\n".join(part for part in report if part) + "\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        options.plot.write_text(draw(groups))
    sys.exit(not all(each.right for each in books.values()))


if __name__ == "__main__":
    main()
