"""Customers who send each request again, with the same key, until it is answered."""

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests
from bson import ObjectId

from ..pids import eventually

LONGEST_WAIT = 60  # seconds after which a request without an answer fails the test
PAUSE = 0.05
EVENT = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z"}


def make(organizer, path, fields):
    """What an organizer makes, however often a busy service asks to try again later."""
    headers = {"Idempotency-Key": str(ObjectId())}

    def made():
        answer = organizer.post(path, json=fields, headers=headers)
        assert answer.status_code in (201, 409, 503), answer.text
        return answer.status_code == 201 and answer.json()

    return eventually(made, "it is made")


class Customers:
    """Customers of one service who book, cancel, hold and confirm, each in a thread of its own.

    Each waits for `pause` seconds after a booking, so that they leave the machine time for something else.

    `acknowledged` maps each key to the booking that the service answered with, `failures` counts the requests that
    failed, by the reason, and `slowest` is the longest time to an answer.
    """

    def __init__(self, service, *, count=8, events=2, tickets=1000, timeout=30, pause=0.0):
        self.organizer = service.sign_up("organizer")
        fields = EVENT | {"total_tickets": tickets}
        self.events = [make(self.organizer, "/events", fields) for _ in range(events)]
        self.callers = [service.sign_up("customer") for _ in range(count)]
        self.acknowledged: dict[str, dict] = {}
        self.failures = Counter()
        self.slowest = 0.0
        self.timeout, self.pause = timeout, pause
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(count)
        self._running: list = []

    @property
    def done(self):
        """How many bookings were acknowledged."""
        return len(self.acknowledged)

    def start(self, bookings=None):
        """Start booking; they end after so many bookings in all, or when `finish` is called."""
        self._running = [self._pool.submit(self._book_all, caller, bookings) for caller in self.callers]

    def finish(self):
        """Start no more bookings, and wait for those that were started; raises what any customer raised."""
        self._stopped.set()
        return self.wait()

    def wait(self):
        """Wait until all customers have ended; raises what any of them raised."""
        for future in self._running:
            future.result()
        self._pool.shutdown()
        return self.acknowledged

    def stop(self):
        """Stop the threads, also when the test has failed."""
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()

    def _book_all(self, caller, bookings):
        while not self._stopped.is_set():
            number = next(self._numbers)
            if bookings is not None and number >= bookings:
                return
            self._book_one(caller, number)
            self._stopped.wait(self.pause)

    def _book_one(self, caller, number):
        key, event = str(ObjectId()), self.events[number % len(self.events)]
        order = {"event_id": event["id"], "quantity": 1 + number % 3, "hold": number % 4 == 3}
        answer = self.send(caller, "/bookings", key, order)
        assert answer.status_code == 201, answer.text
        booking = self.acknowledged[key] = answer.json()
        assert booking["quantity"] == order["quantity"]
        follow = {1: "cancel", 3: "confirm"}.get(number % 4)
        if follow:
            answer = self.send(caller, f"/bookings/{booking['id']}/{follow}", str(ObjectId()))
            assert answer.status_code == 200, answer.text
            self.acknowledged[key] = answer.json()

    def send(self, caller, path, key, body=None):
        """Send a request until it has an answer that does not ask to try again later; a 503 must say when."""
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            assert time.monotonic() < deadline, (path, self.failures)
            began = time.monotonic()
            try:
                answer = caller.post(path, json=body, headers={"Idempotency-Key": key}, timeout=self.timeout)
            except requests.RequestException as error:
                self.failures[type(error).__name__] += 1
            else:
                self.slowest = max(self.slowest, time.monotonic() - began)
                if not self._is_try_again(answer):
                    return answer
            time.sleep(PAUSE)

    def _is_try_again(self, answer):
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        elif answer.status_code != 409 or answer.json()["code"] != "idempotency_in_progress":
            return False
        self.failures[answer.json()["code"]] += 1
        return True
