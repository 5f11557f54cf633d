"""The door: scans a second and their latency, files of scans, the snapshot, and what sales lose beside scans.

    python -m benchmarks.door [--tickets 50000] [--seconds 8] [--rounds 3] [--only scans paced bulk snapshot sales]

The tickets are of one event, two of each booking, which are written as the service writes them. CPU is that of all
processes of the service, and of mongod, in milliseconds for each scan or ticket; memory is that of the worker that grew
most. Scans of `paced` and `sales` come at a fixed rate, and their latency counts from the moment that is meant.
"""

import argparse
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, islice
from statistics import median, quantiles

from bson import ObjectId
from pymongo import MongoClient

from booking_api.bookings.codes import draw_keys
from booking_api.check_ins.schemas import MOST_SCANS

from .database import NAME, Database
from .growth import grow
from .load import Call, require_wrk, run
from .processes import PROC, parse
from .scenarios import API, CUSTOMERS, book, make_events
from .servers import PASSWORD, Server, prepare_process

CONNECTIONS = 32
PACE, PACE_BESIDE_SALES = 200, 50  # scans a second
SENDERS = 16
OWED_SECONDS = 10
EACH = 2  # tickets of a booking
LOOK_SECONDS = 0.02
FAST = 1_000  # scans a second, more than are ever answered


class Door:
    """An event with many tickets on a server, whose scans are used up one after the other."""

    def __init__(self, database: Database, server: Server, tickets: int):
        self.server, self.client = server, MongoClient(database.uri)
        self.event_id = make_events(server, 1)[0]
        self.customers = server.sign_up_customers(CUSTOMERS)
        login = {"email": "organizer@example.com", "password": PASSWORD}
        self.token = server.post("/auth/login", login)["access_token"]
        self.path = f"/events/{self.event_id}/check-ins"
        made = server.post("/bookings", {"event_id": self.event_id, "quantity": EACH}, self.customers[0])
        self._original = self.client[NAME].bookings.find_one({"_id": ObjectId(made["id"])})
        self._mongod = PROC / str(self.client.admin.command("serverStatus")["pid"]) / "stat"
        self.grow(tickets // EACH)
        self.codes = self._codes()

    def grow(self, bookings: int) -> None:
        """Write bookings, each made a moment after the one before, and count them in the event."""

        def renew(row: dict, number: int) -> None:
            row["created_at"] += timedelta(milliseconds=number)
            for ticket, key in zip(row["tickets"], draw_keys(EACH), strict=True):
                ticket |= {"_id": key.id, "code": key.code}

        grow(self.client[NAME].bookings, self._original, bookings, renew)
        sold = {"$inc": {"available_tickets": -EACH * bookings}}
        self.client[NAME].events.update_one({"_id": ObjectId(self.event_id)}, sold)

    def _codes(self) -> Iterator[str]:
        """Codes of tickets that are not in, each of them once; more tickets are made where all are used."""
        used: set[ObjectId] = set()
        while True:
            for booking in list(self.client[NAME].bookings.find({}, {"tickets.code": 1})):
                if booking["_id"] not in used:
                    used.add(booking["_id"])
                    yield from (ticket["code"] for ticket in booking["tickets"])
            self.grow(5_000)

    def calls(self, number: int) -> list[Call]:
        """Scans of so many tickets."""
        return [Call("POST", API + self.path, self.token, {"code": code}) for code in islice(self.codes, number)]

    def costing(self, work: Callable[[], int]) -> str:
        """Do some work that returns how much it was; what each of it cost, as text."""
        self.server.wait_until_idle(OWED_SECONDS)
        ours, mongod = self.server.cpu_seconds() or 0, parse(self._mongod.read_text()).seconds
        done = work()
        self.server.wait_until_idle(OWED_SECONDS)
        ours = (self.server.cpu_seconds() or 0) - ours
        mongod = parse(self._mongod.read_text()).seconds - mongod
        return f"CPU ms {1000 * ours / done:.3f}, mongod {1000 * mongod / done:.3f}"


def send_paced(port: int, calls: Sequence[Call], rate: int) -> list[float]:
    """Send calls at a rate, the next whenever its time has come; milliseconds of each from its time to the answer."""
    numbers, lock, begin = count(), threading.Lock(), time.monotonic() + 0.2
    taken: list[float] = []

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                number = next(numbers)
            if number >= len(calls):
                return connection.close()
            call, at = calls[number], begin + number / rate
            time.sleep(max(0, at - time.monotonic()))
            headers = {"Authorization": f"Bearer {call.token}", "Content-Type": "application/json"}
            connection.request(call.method, call.path, json.dumps(call.body), headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 201:
                raise ValueError(f"{answer.status}: {said.decode()}")
            taken.append(1000 * (time.monotonic() - at))

    with ThreadPoolExecutor(SENDERS) as pool:
        for sending in [pool.submit(send) for _ in range(SENDERS)]:
            sending.result()
    return taken


def percentiles(taken: Sequence[float]) -> str:
    """The median and the 99th percentile of times, as text."""
    return f"p50 {median(taken):.1f} ms, p99 {quantiles(taken, n=100)[98]:.1f} ms"


def scans(door: Door, seconds: int) -> str:
    """As many scans as the service takes from 32 connections."""
    calls = door.calls(FAST * seconds)
    said = []

    def load() -> int:
        result = run(door.server.url, calls, expected=201, connections=CONNECTIONS, seconds=seconds)
        said.append(f"{result.rate:.0f} a second, p99 {result.p99:.1f} ms, {result.errors} errors")
        return result.answered

    return ", ".join([door.costing(load), *said])


def paced(door: Door, seconds: int) -> str:
    """Scans at a fixed rate."""
    taken: list[float] = []

    def load() -> int:
        taken.extend(send_paced(door.server.port, door.calls(PACE * seconds), PACE))
        return len(taken)

    return f"{door.costing(load)}, {percentiles(taken)} at {PACE} a second"


def bulk(door: Door, seconds: int) -> str:
    """Files of scans, one after the other, for so long."""
    taken: list[float] = []

    def load() -> int:
        while sum(taken) < seconds:
            file = [{"code": code, "nonce": str(ObjectId())} for code in islice(door.codes, MOST_SCANS)]
            began = time.monotonic()
            results = door.server.post(f"{door.path}/bulk", {"check_ins": file}, door.token)["results"]
            taken.append(time.monotonic() - began)
            if any(each["result"] != "created" for each in results):
                raise ValueError(results)
        return MOST_SCANS * len(taken)

    return f"{door.costing(load)} a scan, {median(taken):.2f} s a file of {MOST_SCANS}, {len(taken)} files"


def snapshot(door: Door, _seconds: int) -> str:
    """All tickets, taken along once."""
    before, most, ended, said = door.server.memory(), {}, threading.Event(), []

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            most.update({pid: max(size, most.get(pid, 0)) for pid, size in door.server.memory().items()})

    watching = threading.Thread(target=watch)
    watching.start()

    def take() -> int:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", door.server.port, timeout=60)
        connection.request("GET", f"{API}{door.path}/snapshot", headers={"Authorization": f"Bearer {door.token}"})
        answer = connection.getresponse()
        text = answer.read(1)
        first = time.monotonic() - began
        text += answer.read()
        seconds = time.monotonic() - began
        connection.close()
        tickets = len(json.loads(text)["items"])
        said.append(f"{tickets} tickets in {seconds:.2f} s, first byte {1000 * first:.0f} ms, {len(text) / 1e6:.1f} MB")
        return tickets

    try:
        cost = door.costing(take)
    finally:
        ended.set()
    watching.join()
    growth = max(most[pid] - before.get(pid, 0) for pid in most)
    return ", ".join([cost, *said, f"grew by {growth / 1e6:.1f} MB of {max(before.values()) / 1e6:.0f}"])


def sales(door: Door, seconds: int) -> str:
    """Bookings of one ticket from 32 connections: alone, then while scans come in, whose CPU is counted to them."""
    calls, rates = book([door.event_id], door.customers), []

    def sell() -> int:
        result = run(door.server.url, calls, expected=201, connections=CONNECTIONS, seconds=seconds)
        rates.append(result.rate)
        return result.answered

    alone = door.costing(sell)
    scanned = door.calls(PACE_BESIDE_SALES * seconds)
    with ThreadPoolExecutor(1) as pool:
        scanning = pool.submit(send_paced, door.server.port, scanned, PACE_BESIDE_SALES)
        beside = door.costing(sell)
        taken = percentiles(scanning.result())
    return (
        f"{rates[0]:.0f} a second alone, {alone}; {rates[1]:.0f} beside {PACE_BESIDE_SALES} scans ({taken}), {beside}"
    )


PARTS = {"scans": scans, "paced": paced, "bulk": bulk, "snapshot": snapshot, "sales": sales}


def main() -> None:
    """Measure and print a line for each part and round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    require_wrk()
    prepare_process()
    with Database() as database, Server("ours", database) as server:
        door = Door(database, server, options.tickets)
        for number in range(options.rounds):
            for name in options.only:
                print(f"round {number + 1}: {name}: {PARTS[name](door, options.seconds)}", flush=True)
        door.client.close()
        books = database.audit()
    print(f"\nThe books: {books}.")
    sys.exit(bool(books.wrong or books.oversold))


if __name__ == "__main__":
    main()
