"""Customers who never give up: whatever fails, they send the same request with the same key until it is answered."""

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests
from bson import ObjectId

LONGEST_WAIT = 60  # seconds until somebody who gets no answer at all is a failure of the test
PAUSE = 0.05
EVENT = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z"}


class Shop:
    """Customers of one service who book, cancel, hold and confirm until each has done so often enough.

    `acknowledged` has what the service said of each key's booking, `trouble` how often what went wrong.
    """

    def __init__(self, service, *, customers=8, events=2, tickets=1000, timeout=30):
        organizer = service.sign_up("organizer")
        fields = EVENT | {"total_tickets": tickets}
        self.events = [organizer.post("/events", json=fields).json() for _ in range(events)]
        self.customers = [service.sign_up("customer") for _ in range(customers)]
        self.acknowledged: dict[str, dict] = {}
        self.trouble = Counter()
        self.slowest = 0.0
        self.timeout = timeout
        self._visits = itertools.count()
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(customers)
        self._working: list = []

    @property
    def done(self):
        """How many bookings were acknowledged."""
        return len(self.acknowledged)

    def open(self, visits=None):
        """Let everybody in; they leave after so many visits in all, or when the shop is closed."""
        self._working = [self._pool.submit(self._shop, customer, visits) for customer in self.customers]

    def close(self):
        """Let everybody finish what they do; raises what went wrong with any of them."""
        self._closed.set()
        return self.wait()

    def wait(self):
        """Wait until everybody has left."""
        for customer in self._working:
            customer.result()
        self._pool.shutdown()
        return self.acknowledged

    def abandon(self):
        """Leave nobody behind when the test has failed."""
        self._closed.set()
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.abandon()

    def _shop(self, customer, visits):
        while not self._closed.is_set():
            number = next(self._visits)
            if visits is not None and number >= visits:
                return
            self._visit(customer, number)

    def _visit(self, customer, number):
        key, event = str(ObjectId()), self.events[number % len(self.events)]
        order = {"event_id": event["id"], "quantity": 1 + number % 3, "hold": number % 4 == 3}
        answer = self.insist(customer, "/bookings", key, order)
        assert answer.status_code == 201, answer.text
        booking = self.acknowledged[key] = answer.json()
        assert booking["quantity"] == order["quantity"]
        follow = {1: "cancel", 3: "confirm"}.get(number % 4)
        if follow:
            answer = self.insist(customer, f"/bookings/{booking['id']}/{follow}", str(ObjectId()))
            assert answer.status_code == 200, answer.text
            self.acknowledged[key] = answer.json()

    def insist(self, customer, path, key, body=None):
        """Send until there is an answer that is not "later"; a 503 has to say when."""
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            assert time.monotonic() < deadline, (path, self.trouble)
            began = time.monotonic()
            try:
                answer = customer.post(path, json=body, headers={"Idempotency-Key": key}, timeout=self.timeout)
            except requests.RequestException as error:
                self.trouble[type(error).__name__] += 1
            else:
                self.slowest = max(self.slowest, time.monotonic() - began)
                if not self._later(answer):
                    return answer
            time.sleep(PAUSE)

    def _later(self, answer):
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        elif answer.status_code != 409 or answer.json()["code"] != "idempotency_in_progress":
            return False
        self.trouble[answer.json()["code"]] += 1
        return True
