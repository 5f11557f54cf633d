"""How long confirmations take while receivers of webhooks hang, beside how long they take without any webhook.

    python -m benchmarks.hanging_receivers [--receivers 10] [--seconds 5] [--rounds 3]

Tickets of one event are sold from 32 connections, with and without webhooks in turn. A confirmation's time is from the
booking to its `sent_at`, which is noted for some mails together, so it is as late as the last of them.
"""

import argparse
import socket
from contextlib import ExitStack
from statistics import median, quantiles

from .database import Database
from .load import require_wrk, run
from .scenarios import CUSTOMERS, book, make_events
from .servers import Server, prepare_process

CONNECTIONS = 32
OWED_SECONDS = 60


def hanging(stack: ExitStack) -> str:
    """The URL of a receiver that takes connections and says nothing."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def measure(database: Database, receivers: int, seconds: int) -> list[float]:
    """Seconds from each booking to its confirmation."""
    database.empty()
    with ExitStack() as stack:
        server = stack.enter_context(Server("ours", database, WEBHOOK_ALLOW_PRIVATE="true"))
        calls = book(make_events(server, 1), server.sign_up_customers(CUSTOMERS))
        login = {"email": "organizer@example.com", "password": "correct horse battery"}
        organizer = server.post("/auth/login", login)["access_token"]
        for _ in range(receivers):
            server.post("/webhooks", {"url": hanging(stack), "types": ["*"]}, organizer)
        run(server.url, calls, expected=201, connections=CONNECTIONS, seconds=seconds)
        server.wait_until_idle(OWED_SECONDS)
        return database.confirmation_seconds()


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--receivers", type=int, default=10, choices=range(1, 21))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    require_wrk()
    prepare_process()
    print("| receivers that hang | confirmations | p50, s | p99, s | not sent |\n|---|---|---|---|---|")
    with Database() as database:
        rounds = {0: [], options.receivers: []}
        for _ in range(options.rounds):
            for receivers, measured in rounds.items():
                measured.append(measure(database, receivers, options.seconds))
    for receivers, measured in rounds.items():
        sent = [[each for each in one if each is not None] for one in measured]
        percentiles = [quantiles(one, n=100) for one in sent]
        p50, p99 = (median(each[rank] for each in percentiles) for rank in (49, 98))
        count = sum(map(len, sent))
        print(f"| {receivers} | {count} | {p50:.2f} | {p99:.2f} | {sum(map(len, measured)) - count} |")


if __name__ == "__main__":
    main()
