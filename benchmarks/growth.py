"""What a list and a booking cost as the database grows: medians in milliseconds, one caller at a time.

    python -m benchmarks.growth [--events 100 100000] [--bookings 1000 1000000]

Lists are read by the service itself, so that no answer is shared: page 1, page 1,000, filters, sorts and text search.
Besides the events to come there are as many of the past, of which some are still running.
Bookings are made on one event after it was filled; the filling writes documents like the ones the service writes.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from bson import ObjectId

from booking_api import create_app
from booking_api.accounts.service import AccountService
from booking_api.bookings.service import BookingService
from booking_api.bookings.store import BookingStore
from booking_api.config import Settings
from booking_api.development.embedded import EmbeddedServer
from booking_api.events import derived
from booking_api.events.service import EventService
from booking_api.events.stock import Line
from booking_api.events.store import SORTS, EventStore
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores
from booking_api.storage.sort import Position

REPEATS = 40
BATCH = 5_000
FIRST_DATE = datetime(2090, 1, 1, tzinfo=UTC)
WORDS = ("jazz", "rock", "opera", "circus", "reading", "film", "lecture", "dance", "comedy", "market")
EVERY_EVENT = "evening"
LENGTHS = (None, timedelta(hours=3), timedelta(days=3), timedelta(days=30))  # of events of the past


def milliseconds(work: Callable[[], object]) -> float:
    """The median time of `work`."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


def signed_up(services: dict, role: str) -> ObjectId:
    """The id of somebody new."""
    user_id = ObjectId()
    services[AccountService].register("Somebody", f"{user_id}@example.com", "a long password", role, user_id=user_id)
    return user_id


def made_event(services: dict, organizer: ObjectId, number: int) -> dict:
    """An event as the service makes it."""
    fields = {
        "title": f"{WORDS[number % len(WORDS)].title()} {number}",
        "description": f"An {EVERY_EVENT} of {WORDS[number % len(WORDS)]}, number{number}. " + "Come and see. " * 20,
        "date": FIRST_DATE + timedelta(minutes=number),
        "end_date": None,
        "venue": "Hall",
        "timezone": "UTC",
        "currency": "USD",
        "total_tickets": 1_000_000,
        "max_per_booking": 10,
        "max_per_customer": None,
        "ticket_types": [],
        "category": WORDS[number % len(WORDS)],
        "tags": [EVERY_EVENT, WORDS[number % len(WORDS)]],
        "status": "published",
    }
    return services[EventService].create(organizer, fields, ObjectId())


def grow(collection, original: dict, count: int, change: Callable[[dict, int], None]) -> None:
    """Fill a collection with copies of a document, each changed by its number."""
    numbers = iter(range(count))
    while batch := list(islice(numbers, BATCH)):
        rows = []
        for number in batch:
            row = deepcopy(original) | {"_id": ObjectId()}
            change(row, number)
            rows.append(row)
        collection.insert_many(rows, ordered=False)


def measure_lists(services: dict, count: int) -> dict[str, float]:
    """What lists cost, with so many events."""
    organizer = signed_up(services, "organizer")
    first = made_event(services, organizer, 0)
    collection = services[EventStore].collection

    def renumber(row: dict, number: int) -> None:
        word = WORDS[number % len(WORDS)]
        row["title"] = f"{word.title()} {number}"
        row["description"] = first["description"].replace("number0", f"number{number}").replace("jazz", word)
        row["category"], row["tags"] = word, [EVERY_EVENT, word]
        row["date"] = FIRST_DATE + timedelta(minutes=number)
        row["created_at"] = first["created_at"] + timedelta(milliseconds=number)
        row |= derived.of_event(row)
        row["min_price"] = 1000 + number

    now = datetime.now(UTC)

    def make_past(row: dict, number: int) -> None:
        renumber(row, number)
        length = LENGTHS[number % len(LENGTHS)]
        row["date"] = now - timedelta(minutes=10 * number)
        row["end_date"] = length and row["date"] + length
        row |= derived.of_edit(row, {})

    stored = collection.find_one({"_id": first["_id"]})
    grow(collection, stored, count - 1, lambda row, number: renumber(row, number + 1))
    grow(collection, stored, count, make_past)
    ahead = {"status": "published", "date": {"$gte": FIRST_DATE}}
    deep = collection.find(ahead).sort([("date", 1), ("_id", 1)]).skip(min(count - 21, 19_980)).next()

    def search(after: Position | None = None, **query) -> Callable[[], object]:
        asked = {"limit": 20, "sort": "date", "past": False} | query
        assert services[EventService].search(asked, after).items, query
        return lambda: services[EventService].search(asked, after)

    queries = {"page 1": search(), "page 1,000": search(Position(deep["date"], deep["_id"]))}
    queries |= {f"sort={sort}": search(sort=sort) for sort in SORTS if sort != "date"}
    queries |= {
        "available=true": search(available=True),
        "organizer_id": search(organizer_id=organizer),
        "from": search(from_=deep["date"]),
        "q, in one event": search(q=f"number{count - 1}"),
        "q, in every tenth": search(q="jazz"),
        "q, in every event": search(q=EVERY_EVENT),
        "q, two words": search(q=f"{EVERY_EVENT} jazz"),
        "category, a tenth": search(category="jazz"),
        "category, sort=title": search(category="jazz", sort="title"),
        "tag, all": search(tag=EVERY_EVENT),
        "price_max, one event": search(price_max=0),
        "price_max, all": search(price_max=1_000_000),
        "count=true": search(count=True),
        "q, in every event, count=true": search(q=EVERY_EVENT, count=True),
        "q, a beginning in one event": search(q=f"number{count - 1}"[:-1] if count > 1 else "n"),
        "q, a letter in every event": search(q=EVERY_EVENT[0]),
        "q, sort=title": search(q="jaz", sort="title"),
    }
    return {name: milliseconds(work) for name, work in queries.items()}


def measure_booking(services: dict, count: int) -> dict[str, float]:
    """What a booking and the lists of bookings cost, on an event that has so many."""
    organizer, customer = (signed_up(services, role) for role in ("organizer", "customer"))
    event = made_event(services, organizer, 0)

    def book() -> dict:
        order = {"hold": False, "booking_id": ObjectId()}
        return services[BookingService].book(customer, event["_id"], [Line(None, 1)], **order)

    bookings = services[BookingStore].collection
    original = bookings.find_one({"_id": book()["_id"]})
    grow(bookings, original, count, lambda row, number: row.update(customer_id=ObjectId()))
    everybody = {"limit": 20, "sort": "-created_at"}
    return {
        "book": milliseconds(book),
        "cancel": milliseconds(lambda: services[BookingService].cancel(book()["_id"], customer)),
        "the event's list": milliseconds(
            lambda: services[BookingService].of_event(event["_id"], organizer, everybody, None)
        ),
        "one's own list": milliseconds(lambda: services[BookingService].own(customer, everybody, None)),
    }


def measure(count: int, what: Callable[[dict, int], dict[str, float]]) -> dict[str, float]:
    """Measure on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="booking-benchmark-") as folder:
        server = EmbeddedServer(Path(folder))
        try:
            settings = Settings(jwt_secret_key="x" * 40, mongodb_uri=server.start(), bcrypt_rounds=4)
            services = services_of(create_app(settings))
            services[Stores].ensure_indexes()
            return what(services, count)
        finally:
            server.stop()


def print_table(title: str, counts: list[int], what: Callable[[dict, int], dict[str, float]]) -> None:
    """Measure at each size and print a row for each operation."""
    columns = [measure(count, what) for count in counts]
    print(f"| {title} | " + " | ".join(f"{count:,}" for count in counts) + " |\n|---" + "|---:" * len(counts) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(f"{column[name]:.1f}" for column in columns) + " |")
    print()


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[100, 100_000])
    parser.add_argument("--bookings", type=int, nargs="+", default=[1_000, 1_000_000])
    options = parser.parse_args()
    print_table("ms, of so many events", options.events, measure_lists)
    print_table("ms, with so many bookings of the event", options.bookings, measure_booking)


if __name__ == "__main__":
    main()
