"""Bookings a second on one hot event: with the queue, without it, and against the service's own bare route.

    python -m benchmarks.hot_event [--seconds 8] [--rounds 3]

The three are measured in turn, round by round, and medians are printed. After each the books are audited.
"""

import argparse
from statistics import median

from . import load
from .service import Service

CONNECTIONS = (32, 500)
CUSTOMERS = 50
PORT = 8600
TROUBLES = ("refused", "failed", "dropped")


def measure(variant: str, seconds: int) -> dict[int, load.Result]:
    """One round of a variant: a fresh service, a fresh event, each number of connections in turn."""
    queueing = "off" if variant == "unqueued" else "on"
    with Service(PORT, QUEUEING=queueing) as service:
        tokens = [service.sign_up(f"customer{number}", "customer") for number in range(CUSTOMERS)]
        fields = {"title": "Hot", "description": "", "date": "2099-01-01T20:00:00Z", "total_tickets": 1_000_000}
        event = service.post("/events", fields, service.sign_up("organizer", "organizer"))
        results = {}
        for connections in CONNECTIONS:
            if variant == "bare route":
                method, path, body = "GET", "/healthz", None
            else:
                method, path, body = "POST", "/api/v1/bookings", {"event_id": event["id"], "quantity": 1}
            results[connections] = load.run(
                service.url, method, path, tokens=tokens, body=body, connections=connections, seconds=seconds
            )
        service.audit()
        return results


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    variants = ("queued", "unqueued", "bare route")
    rounds = [{variant: measure(variant, options.seconds) for variant in variants} for _ in range(options.rounds)]
    heads = ("connections", "variant", "a second", "to unqueued", "to bare route", "p50 ms", "p99 ms", *TROUBLES)
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for connections in CONNECTIONS:
        for variant in variants:
            results = [each[variant][connections] for each in rounds]

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
                *(str(sum(getattr(r, trouble) for r in results)) for trouble in TROUBLES),
            ]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
