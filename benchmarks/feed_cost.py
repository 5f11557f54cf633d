"""What the feeds of events cost a booking: this service as it is, and without them, in turn.

    python -m benchmarks.feed_cost [--seconds 8] [--rounds 3] [--only hot spread]

CPU milliseconds of a booking, as medians with their range, and the median of the rounds' ratios. The books are audited.
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

VARIANTS = ("ours", "without-feed")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=("hot", "spread"), default=("hot", "spread"))
    options = parser.parse_args()
    require_wrk()
    prepare_process()
    books = Ledger()
    print("| scenario | connections | with feed, CPU ms | without | ratio |\n|---|---|---|---|---|")
    with Database() as database:
        for scenario in (SCENARIOS[name] for name in options.only):
            rounds = [
                {name: measure(database, name, scenario, options.seconds, books).results for name in VARIANTS}
                for _ in range(options.rounds)
            ]
            for connections in scenario.connections:
                used = [{name: each[name][connections].cpu for name in VARIANTS} for each in rounds]
                shown = [Spread.of(each[name] for each in used).text(fine) for name in VARIANTS]
                ratio = median(each["ours"] / each["without-feed"] for each in used)
                print(f"| {scenario.title} | {connections} | {' | '.join(shown)} | {ratio:.3f} |", flush=True)
    print(f"\nThe books: {books}.")
    sys.exit(not books.right)


if __name__ == "__main__":
    main()
