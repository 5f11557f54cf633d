"""CPU milliseconds of a booking with and without a promo code on a hot event, and of an attempt to pay with the fake.

    python -m benchmarks.payments [--requests 300] [--orders 2000]

The service runs in this process, so it is its CPU time (all threads, not MongoDB's) that is measured; wall times, with
MongoDB's, are beside it. Requests are sent one by one by its test client; the orders of the hot event come from 32
threads, past HTTP. The fake of Stripe runs in a process of its own, whose CPU time is not counted.
"""

import argparse
import logging
import multiprocessing
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.orders import Order
from booking_api.config import Settings
from booking_api.development.embedded import EmbeddedServer
from booking_api.development.fake_stripe import FakeStripe
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores

from .waitlist import EVENT, THREADS, WARM_UP, Cost, Site, cost

PRICE, CODE = 2500, "SAVE"
KEY = "sk_test_of_the_fake"


def play_stripe(pipe: Connection) -> None:
    """Answer as Stripe until the pipe is closed; the address goes into it first."""
    fake = FakeStripe()
    fake.start()
    pipe.send(fake.url)
    try:
        pipe.recv()
    except EOFError:
        fake.stop()


class Shop(Site):
    """The service with events that cost something."""

    def put_on(self, payment: str, *, code: bool = False) -> tuple[ObjectId, ObjectId]:
        """An event and its ticket type; many tickets, and with a code for as many."""
        types = [{"name": "Seat", "price": PRICE, "total": 100_000}]
        fields = EVENT | {"ticket_types": types, "currency": "EUR", "payment": payment}
        event = self.call("POST", "/events", self.organizer, fields)
        if code:
            terms = {"code": CODE, "kind": "percent", "value": 20, "max_tickets": 100_000}
            self.call("POST", f"/events/{event['id']}/codes", self.organizer, terms)
        return ObjectId(event["id"]), ObjectId(event["ticket_types"][0]["id"])

    def book(self, event: tuple[ObjectId, ObjectId], customer: str, code: str | None) -> str:
        """Book a ticket; the id of the booking."""
        items = [{"ticket_type_id": str(event[1]), "quantity": 1}]
        order = {"event_id": str(event[0]), "items": items} | ({"code": code} if code else {})
        return str(self.call("POST", "/bookings", customer, order)["id"])


def one_by_one(shop: Shop, requests: int) -> dict[str, Cost]:
    """What each request costs."""
    customers = [shop.sign_up("customer") for _ in range(requests + WARM_UP)]
    free, with_code, by_card = shop.put_on("none"), shop.put_on("none", code=True), shop.put_on("stripe")
    held: list[str] = []

    def pay(number: int) -> None:
        shop.call("POST", f"/bookings/{held[number]}/payments", customers[number])

    return {
        "book": cost(lambda number: shop.book(free, customers[number], None), requests),
        "book with a code": cost(lambda number: shop.book(with_code, customers[number], CODE), requests),
        "book what is to be paid": cost(lambda n: held.append(shop.book(by_card, customers[n], None)), requests),
        "begin to pay": cost(pay, requests),
        "begin to pay again": cost(pay, requests),
    }


def hot(shop: Shop, orders: int, code: str | None) -> Cost:
    """What each of many orders at once costs, of one event."""
    event_id, type_id = shop.put_on("none", code=code is not None)
    asked = [Order(ObjectId(), ObjectId(), (Line(type_id, 1),), code=code) for _ in range(orders)]

    def order(each: Order) -> object:
        return shop.sales.apply(event_id, each)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(order, asked[:THREADS]))
        cpu, wall = time.process_time(), time.perf_counter()
        list(pool.map(order, asked[THREADS:]))
    times = orders - THREADS
    return Cost((time.process_time() - cpu) * 1000 / times, (time.perf_counter() - wall) * 1000 / times)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--orders", type=int, default=2000)
    options = parser.parse_args()
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    fake = processes.Process(target=play_stripe, args=(theirs,), daemon=True)
    fake.start()
    theirs.close()
    with tempfile.TemporaryDirectory(prefix="booking-benchmark-") as folder:
        server = EmbeddedServer(Path(folder))
        try:
            app = create_app(
                Settings(
                    jwt_secret_key="x" * 40,
                    mongodb_uri=server.start(),
                    bcrypt_rounds=4,
                    ratelimit_enabled=False,
                    stripe_secret_key=KEY,
                    stripe_webhook_secret="whsec_of_a_benchmark",
                    stripe_api_url=ours.recv(),
                )
            )
            logging.disable(logging.INFO)  # of each request it would print a line
            services_of(app)[Stores].ensure_indexes()
            shop = Shop(app)
            hot(shop, options.orders, None)  # the first is slower, with or without a code
            without, with_code = (hot(shop, options.orders, code) for code in (None, CODE))
            single = one_by_one(shop, options.requests)
        finally:
            ours.close()
            server.stop()
    print(f"| CPU ms (and ms) of each of {options.orders:,} orders at once | |\n|---|---:|")
    print(f"| without a code | {_text(without)} |\n| with a code | {_text(with_code)} |")
    print(f"| CPU ratio | {with_code.cpu / without.cpu:.2f} |")
    print("\n| CPU ms (and ms) of a request, one by one | |\n|---|---:|")
    for name, one in single.items():
        print(f"| {name} | {_text(one)} |")


def _text(measured: Cost) -> str:
    return f"{measured.cpu:.2f} ({measured.wall:.1f})"


if __name__ == "__main__":
    main()
