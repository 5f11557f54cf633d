"""Bookings a second on one hot event: with the queue, without it, and against the service's own bare route.

    python -m benchmarks.hot_event [--seconds 8] [--rounds 3]

The three are measured in turn, round by round, and medians are printed. After each the books are audited.
"""

import argparse
import sys
from statistics import median

from .books import Ledger
from .database import Database
from .load import require_wrk
from .measuring import measure
from .report import Spread, fine
from .scenarios import SCENARIOS
from .servers import prepare_process

TROUBLES = ("refused", "failed", "dropped")
HOT = SCENARIOS["hot"]
VARIANTS = {"queued": (HOT, "on"), "unqueued": (HOT, "off"), "bare route": (SCENARIOS["healthz"], "on")}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    require_wrk()
    prepare_process()
    books = Ledger()
    with Database() as database:
        rounds = [
            {
                variant: measure(database, "ours", scenario, options.seconds, books, QUEUEING=queueing).results
                for variant, (scenario, queueing) in VARIANTS.items()
            }
            for _ in range(options.rounds)
        ]
    heads = (
        "connections",
        "variant",
        "a second",
        "to unqueued",
        "to bare route",
        "p50 ms",
        "p99 ms",
        "CPU ms",
        *TROUBLES,
    )
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for connections in HOT.connections:
        for variant in VARIANTS:
            results = [each[variant][connections] for each in rounds]
            cpu = Spread.of(result.cpu for result in results)

            def ratio(other: str, variant=variant, connections=connections) -> float:
                return median(each[variant][connections].rate / each[other][connections].rate for each in rounds)

            cells = [
                str(connections),
                variant,
                f"{median(r.rate for r in results):.0f}",
                f"{ratio('unqueued'):.1f}",
                f"{ratio('bare route'):.0%}",
                f"{median(r.p50 for r in results):.0f}",
                f"{median(r.p99 for r in results):.0f}",
                cpu.text(fine) if cpu else "",
                *(str(sum(getattr(r, trouble) for r in results)) for trouble in TROUBLES),
            ]
            print("| " + " | ".join(cells) + " |")
    print(f"\nThe books: {books}.")
    sys.exit(not books.right)


if __name__ == "__main__":
    main()
