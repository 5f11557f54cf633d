"""CPU milliseconds of a request about a waiting list of 50 entries and of 50,000, and what cancelling costs with one.

    python -m benchmarks.waitlist [--sizes 50 50000] [--requests 300] [--cancels 1000]

The service runs in this process, one caller at a time, so it is its CPU time (all threads, not MongoDB's) that is
measured, by requests of its test client; wall times, with MongoDB's, are beside it. Entries are joined by the service
as well, a hundred in a transaction.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bson import ObjectId
from flask import Flask

from booking_api import create_app
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.sales import Sales
from booking_api.config import Settings
from booking_api.development.embedded import EmbeddedServer
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores
from booking_api.waitlist.positions import Positions
from booking_api.waitlist.requests import JoinWaitlist
from booking_api.waitlist.store import WaitlistStore

PASSWORD = "correct horse battery"
AT_ONCE = 100
THREADS = 32  # that cancel
WARM_UP = 20
FEW = 30  # with the warm-up no more than there are entries in a short list
EVENT = {"title": "Rush", "description": "", "date": "2090-06-01T20:00:00Z"}


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a request: CPU time of the service, and the time to the answer."""

    cpu: float
    wall: float


def cost(work: Callable[[int], object], times: int) -> Cost:
    """What `work` costs on average, once it is warm."""
    for number in range(WARM_UP):
        work(number)
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(WARM_UP, WARM_UP + times):
        work(number)
    return Cost((time.process_time() - cpu) * 1000 / times, (time.perf_counter() - wall) * 1000 / times)


class Site:
    """The service on an empty database, with an organizer."""

    def __init__(self, app: Flask):
        self.client = app.test_client()
        self.services = services_of(app)
        self.sales: Sales = self.services[Sales]
        self.organizer = self.sign_up("organizer")

    def call(self, method: str, path: str, token: str | None, body: dict | None = None) -> dict:
        """The answer to a request that must succeed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json if answer.data else {}

    def sign_up(self, role: str) -> str:
        """An access token of a new account."""
        person = {"email": f"{ObjectId()}@example.com", "password": PASSWORD}
        self.call("POST", "/auth/register", None, person | {"name": "Somebody", "role": role})
        return str(self.call("POST", "/auth/login", None, person)["access_token"])

    def sold_out(self, tickets: int) -> tuple[ObjectId, list[dict]]:
        """An event whose tickets are sold, and the bookings of one each."""
        event_id = ObjectId(self.call("POST", "/events", self.organizer, EVENT | {"total_tickets": tickets})["id"])
        orders = [(event_id, Order(ObjectId(), ObjectId(), (Line(None, 1),))) for _ in range(tickets)]
        return event_id, self._commit(orders)

    def fill(self, event_id: ObjectId, entries: int) -> None:
        """Let so many people join its list."""
        joins = [JoinWaitlist(ObjectId(), ObjectId(), None, 2, 1) for _ in range(entries)]
        self._commit([(event_id, join) for join in joins])

    def _commit(self, entries: Sequence) -> list:
        parts = [entries[start : start + AT_ONCE] for start in range(0, len(entries), AT_ONCE)]
        outcomes = [outcome for part in parts for outcome in self.sales.commit(part)]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes


def of_size(site: Site, entries: int, requests: int) -> dict[str, Cost]:
    """What each request costs with a list so long."""
    event_id, sold = site.sold_out(requests + WARM_UP)
    site.fill(event_id, entries)
    path = f"/events/{event_id}/waitlist"
    customers = [site.sign_up("customer") for _ in range(requests + WARM_UP)]
    store = site.services[WaitlistStore]

    def renew(number: int) -> None:
        Positions(store).of(event_id, number)

    def give_back(number: int) -> None:
        booking = sold[number]
        site.sales.apply(event_id, Cancellation(booking["_id"], booking["customer_id"]))

    return {
        "join": cost(lambda number: site.call("POST", path, customers[number], {"quantity": 3}), requests),
        "read one's position": cost(lambda number: site.call("GET", path, customers[number]), requests),
        "read all positions anew (once in 5 s)": cost(renew, FEW),
        "cancel, and offer": cost(give_back, FEW),
        "leave": cost(lambda number: site.call("DELETE", path, customers[number]), requests),
        "read the event": cost(lambda _: site.call("GET", f"/events/{event_id}", None), requests),
    }


def cancelling(site: Site, entries: int, cancels: int) -> Cost:
    """What each of many cancellations at once costs, of an event with a list so long."""
    event_id, sold = site.sold_out(cancels)
    site.fill(event_id, entries)
    asked = [Cancellation(booking["_id"], booking["customer_id"]) for booking in sold]
    with ThreadPoolExecutor(THREADS) as pool:
        cpu, wall = time.process_time(), time.perf_counter()
        list(pool.map(lambda request: site.sales.apply(event_id, request), asked))
    return Cost((time.process_time() - cpu) * 1000 / cancels, (time.perf_counter() - wall) * 1000 / cancels)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs=2, default=[50, 50_000])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--cancels", type=int, default=1000)
    options = parser.parse_args()
    small, large = options.sizes
    with tempfile.TemporaryDirectory(prefix="booking-benchmark-") as folder:
        server = EmbeddedServer(Path(folder))
        try:
            settings = Settings(
                jwt_secret_key="x" * 40, mongodb_uri=server.start(), bcrypt_rounds=4, ratelimit_enabled=False
            )
            app = create_app(settings)
            logging.disable(logging.INFO)  # of each request it would print a line
            services_of(app)[Stores].ensure_indexes()
            site = Site(app)
            of_size(site, small, options.requests)  # the first is slower, whatever its size
            few, many = (of_size(site, size, options.requests) for size in options.sizes)
            without, with_list = (cancelling(site, size, options.cancels) for size in (0, large))
        finally:
            server.stop()
    print(f"| CPU ms (and ms) of a request, with entries | {small:,} | {large:,} | CPU ratio |\n|---|---:|---:|---:|")
    for name, one in few.items():
        print(f"| {name} | {_text(one)} | {_text(many[name])} | {many[name].cpu / one.cpu:.2f} |")
    print(f"\n| CPU ms (and ms) of each of {options.cancels:,} cancellations at once | |\n|---|---:|")
    print(f"| without a list | {_text(without)} |\n| with {large:,} entries, each offered | {_text(with_list)} |")
    print(f"| CPU ratio | {with_list.cpu / without.cpu:.2f} |")


def _text(measured: Cost) -> str:
    return f"{measured.cpu:.2f} ({measured.wall:.1f})"


if __name__ == "__main__":
    main()
