"""This service beside its rivals, on one machine, one MongoDB and by one contract.

    python -m benchmarks.compare [--quick] [--rounds 3] [--seconds 5] [--kills 5] [--delay MS]
                                 [--only hot list] [--servers ours express]
                                 [--markdown docs/BENCHMARKS.md] [--plot docs/benchmark.svg]

Round by round, scenario by scenario, the servers are measured in turn, each started anew on an emptied database and
warmed up first. Medians are printed with their range; after each round the books are audited. At last the servers that
sell are killed in the middle of a rush, and what they lose is counted. It needs wrk and, for the rivals, Node and the
package registries once; what cannot be had is left out and said. All of it takes about half an hour, `--quick` less
than six minutes. It ends with status 1 if any server's books are wrong, or if ours lost anything when it was killed.
An interrupt ends it with a report of what was measured until then.
"""

import argparse
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from . import killed, load
from .books import Ledger
from .database import Database
from .measuring import measure
from .plot import draw
from .report import OURS, Measurement, audits, latencies, processor, rates, summarize
from .roster import ROSTER, SELLERS, installable
from .scenarios import SCENARIOS
from .servers import CORES, prepare_process

INTERRUPTED = 130
METHOD = """\
This service runs as it is deployed, with its log (JSON, a line for each request), its outbox and its idempotency keys;
the rivals have none of these. The right ways sell in a transaction, the quick way does not: what each loses when it is
killed stands in its row of the books. CPU is the user and system time of all processes of a server, without mongod and
the load, over the requests that it worked on. The bare route is the floor: Flask under the same gunicorn, one route.
Latencies are those of the answers that came before the end of a run, which cuts the longest ones off."""
QUICKLY = tuple(name for name in SCENARIOS if name != "login-4")


def describe_machine(database: Database, servers: list[str]) -> str:
    """What it ran on, in a line."""
    node = ""
    if "express" in servers:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        node = f", Node {said.strip().lstrip('v')}"
    return (
        f"{CORES} cores, {platform.system()}, Python {platform.python_version()}{node}, MongoDB {database.version} "
        f"(w=majority, journaled; a ping takes {database.ping_milliseconds():.1f} ms), servers, mongod and load on the "
        "same cores"
    )


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--kills", type=int, default=5, help="of each server that sells, in a rush")
    parser.add_argument("--quick", action="store_true", help="one round of 2 s, two kills, no logins at cost 4")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="before mongod, once a round trip")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="SCENARIO")
    parser.add_argument("--servers", nargs="+", choices=ROSTER, default=list(ROSTER), metavar="SERVER")
    parser.add_argument("--markdown", type=Path, help="write the report there too")
    parser.add_argument("--plot", type=Path, help="draw the plot there, as SVG")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.kills = 1, 2, 2
    options.only = options.only or (QUICKLY if options.quick else tuple(SCENARIOS))
    return options


def measure_all(
    database: Database, servers: list[str], options: argparse.Namespace, books: dict[str, Ledger]
) -> Iterator[Measurement]:
    """Every round of every scenario and server, each said on stderr once it is done."""
    for turn in range(options.rounds):
        for scenario in (SCENARIOS[name] for name in options.only):
            for name in (each for each in servers if ROSTER[each].kind in scenario.kinds):
                done = measure(database, name, scenario, options.seconds, books[name])
                for connections, result in done.results.items():
                    yield Measurement(turn, name, scenario.title, connections, result, done.bcrypt)
                    cpu = "" if result.cpu is None else f"{result.cpu:.2f} ms of CPU each, "
                    print(
                        f"round {turn + 1}: {scenario.title}, {connections} connections, {name}: "
                        f"{result.rate:.1f}/s, {cpu}{result.errors} errors",
                        file=sys.stderr,
                    )


def footnotes(measurements: list[Measurement], machine: str, options: argparse.Namespace) -> str:
    """What must be known beside the figures."""
    busiest = max(each.result.generator for each in measurements)
    words = (
        f"Medians of {options.rounds} round(s) of {options.seconds} s, in brackets the least and the most; {machine}. "
        f"wrk never used more than {busiest:.0%} of one core."
    )
    if options.delay:
        share = max(each.result.forwarder for each in measurements)
        words += (
            f" What a server sends to mongod arrives {options.delay:g} ms later, once a round trip; the forwarder that "
            f"delays it never used more than {share:.0%} of one core."
        )
    return words


def main() -> None:
    """Measure, print and draw."""
    options = parse_options()
    load.require_wrk()
    prepare_process()
    servers = installable(options.servers)
    if not servers:
        sys.exit("No server is left to measure.")
    books = {name: Ledger() for name in servers}
    measurements = []
    status = 0
    with Database(options.delay) as database:
        machine = describe_machine(database, servers)
        try:
            for each in measure_all(database, servers, options, books):
                measurements.append(each)
            killed.measure_all(database, {name: books[name] for name in servers if name in SELLERS}, options.kills)
        except KeyboardInterrupt:
            status = INTERRUPTED
            print("Interrupted: what follows is what was measured until then.", file=sys.stderr)
    if not measurements:
        sys.exit(status)
    groups = summarize(measurements)
    parts = [rates(groups), latencies(groups), processor(groups), audits(books), METHOD]
    text = "\n\n".join(part for part in [*parts, footnotes(measurements, machine, options)] if part) + "\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        options.plot.write_text(draw(groups))
    survived = OURS not in books or books[OURS].outlives_kills
    sys.exit(status or not (survived and all(each.right for each in books.values())))


if __name__ == "__main__":
    main()
