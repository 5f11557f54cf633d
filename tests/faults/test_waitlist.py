"""A hot event with a waiting list on a service whose workers are killed: nobody jumps it, and nothing is lost."""

import itertools
import random
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from bson import ObjectId

from ..pids import eventually, kill
from ..processes import Service, gunicorn
from ..waitlist.feeds import Told
from .conftest import impatient, named
from .customers import EVENT, Customers
from .database_checks import audit

SMALL = {"cancels": 60, "entries": 15, "buyers": 5, "kills": 2, "workers": 2}
LARGE = {"cancels": 1000, "entries": 100, "buyers": 20, "kills": 12, "workers": 3}
HOLDERS = 10
WANTED = [(5, 3), (1, 1), (2, 2), (5, 3), (4, 1)]
OFFER_SECONDS = 3
ENDED_SECONDS = 180  # the lease of a job that a killed worker had begun is a minute


@dataclass
class Rush:
    """An event that is sold out, those who wait for its tickets, and what the service has answered."""

    customers: Customers
    event: dict
    bookings: dict[str, dict] = field(default_factory=dict)  # as they were answered last, by id
    entries: list[dict] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def order(self, caller, quantity):
        """Ask for tickets until there is an answer."""
        order = {"event_id": self.event["id"], "quantity": quantity}
        return self.customers.send(caller, "/bookings", str(ObjectId()), order)

    def change(self, caller, booking_id, what):
        """Confirm or cancel a booking."""
        answer = self.customers.send(caller, f"/bookings/{booking_id}/{what}", str(ObjectId()))
        if answer.status_code == 200:
            self.bookings[booking_id] = answer.json()
        return answer

    def sell_out(self, caller, count):
        """Book so many tickets one by one; return the ids of the bookings."""
        booked = []
        for _ in range(count):
            answer = self.order(caller, 1)
            assert answer.status_code == 201, answer.text
            self.bookings[answer.json()["id"]] = answer.json()
            booked.append(answer.json()["id"])
        return booked

    def join(self, caller, quantity, least):
        """Wait for tickets."""
        path, wanted = f"/events/{self.event['id']}/waitlist", {"quantity": quantity, "min_quantity": least}
        answer = self.customers.send(caller, path, str(ObjectId()), wanted)
        assert answer.status_code == 201, answer.text
        self.entries.append(answer.json())

    def hammer(self, caller, quantity):
        """Try to buy tickets, again and again."""
        while not self.stop.is_set():
            answer = self.order(caller, quantity)
            assert answer.status_code in (201, 409), answer.text
            if answer.status_code == 201:
                self.bookings[answer.json()["id"]] = answer.json()

    def give_back(self, caller, booking_ids):
        """Cancel bookings."""
        for booking_id in booking_ids:
            assert self.change(caller, booking_id, "cancel").status_code == 200

    def answer_offer(self, caller, what):
        """Wait for an offer, and accept it, decline it or let it expire (`what` is None)."""

        def offered():
            try:
                entry = caller.get(f"/events/{self.event['id']}/waitlist").json()
            except requests.RequestException:  # its worker was killed
                return None
            return entry.get("status", "waiting") != "waiting" and entry

        entry = eventually(offered, "an offer is made", 120, pause=0.2)
        if what:
            answer = self.change(caller, entry["booking_id"], what)
            assert answer.status_code == 200 or answer.json()["code"] == "hold_expired", answer.text


@pytest.fixture(scope="module")
def size(large):
    """How much of everything there is."""
    return LARGE if large > 1 else SMALL


@pytest.fixture(scope="module")
def service(mongod, size, large):
    """A service, which the tests of this module share; each has an event of its own."""
    command = gunicorn if large > 1 else impatient()
    settings = {"MONGODB_URI": named(mongod), "REQUEST_SECONDS": 3, "OFFER_SECONDS": OFFER_SECONDS}
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", command=command, workers=size["workers"], **settings) as running,
    ):
        yield running


@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_nobody_jumps_the_list_while_workers_are_killed(service, policy, size):
    cancels, waiting = size["cancels"], size["entries"]
    people = HOLDERS + waiting + size["buyers"]
    with (
        Customers(service, count=people, events=0) as customers,
        ThreadPoolExecutor(people) as pool,
    ):
        fields = EVENT | {"total_tickets": cancels, "waitlist_policy": policy}
        rush = Rush(customers, customers.organizer.post("/events", json=fields).json())
        holders, waiters = customers.callers[:HOLDERS], customers.callers[HOLDERS : HOLDERS + waiting]
        owned = list(pool.map(rush.sell_out, holders, [cancels // HOLDERS] * HOLDERS))
        for caller, wanted in zip(waiters, itertools.cycle(WANTED), strict=False):
            rush.join(caller, *wanted)
        buyers = [
            pool.submit(rush.hammer, each, n % 3 + 1) for n, each in enumerate(customers.callers[HOLDERS + waiting :])
        ]
        answers = itertools.cycle(["confirm", "confirm", "cancel", None])
        offers = [pool.submit(rush.answer_offer, *each) for each in zip(waiters, answers, strict=False)]
        given = [pool.submit(rush.give_back, *each) for each in zip(holders, owned, strict=True)]
        try:
            for number in range(size["kills"]):
                enough = cancels * (number + 0.5) / size["kills"]
                eventually(lambda enough=enough: _cancelled(rush) >= enough, "tickets come back", 120, pause=0.01)
                workers = eventually(
                    lambda: len(service.worker_pids()) == size["workers"] and service.worker_pids(), "all run"
                )
                kill(random.choice(workers))
            for each in (*given, *offers):
                each.result()
        finally:
            rush.stop.set()
        for each in buyers:
            each.result()
        _check(service, rush, cancels, strict=policy == "strict")


def _cancelled(rush):
    return sum(booking["status"] == "cancelled" for booking in list(rush.bookings.values()))


def _check(service, rush, total, *, strict):
    """What was answered holds, offers came in order, and all of them end."""
    database, event_id = service.database(), ObjectId(rush.event["id"])
    entries, of_event = database["waitlist"], {"event_id": event_id}
    ended = of_event | {"status": {"$in": ["accepted", "declined", "expired"]}}
    eventually(lambda: entries.count_documents(ended) == len(rush.entries), "all offers have ended", ENDED_SECONDS)
    assert [str(each["_id"]) for each in entries.find(of_event).sort("number")] == [each["id"] for each in rush.entries]
    stored = {str(each["_id"]): each for each in database["bookings"].find(of_event)}
    assert [each for each, said in rush.bookings.items() if stored[each]["status"] != said["status"]] == []
    for entry in entries.find(of_event):
        assert entry["min_quantity"] <= entry["offer"]["quantity"] <= entry["quantity"]
    live = sum(each["quantity"] for each in stored.values() if each["status"] in ("held", "confirmed"))
    event = database["events"].find_one({"_id": event_id})
    assert event["available_tickets"] == total - live >= 0
    told = Told(database["changes"].find(of_event).sort("last"), total, strict=strict)
    assert (told.jumped, told.overtaken, told.offers) == ([], [], len(rush.entries))
    assert audit(database) == []
    database.client.close()
