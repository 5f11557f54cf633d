"""Send messages from one thread, each when it is due, and again a few times if the receiver does not take it."""

import heapq
import http.client
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import count
from threading import Condition, Thread
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
ATTEMPTS = 4
RETRY_SECONDS = (1.0, 5.0, 25.0)  # Stripe goes on for three days
PATIENCE_SECONDS = 10.0
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (a fake of it)"}

Send = Callable[[bytes, Mapping[str, str]], int]


class Deliveries:
    """What is to be sent. The thread is made with the first message."""

    def __init__(self, sign: Callable[[bytes], str], send: Send | None):
        self.send = send  # posts a body with its headers and returns the status; None: nobody listens
        self._sign = sign
        self._changed = Condition()
        self._waiting: list[tuple[float, int, int, bytes]] = []  # when it is due, its number, the attempt, the body
        self._numbers = count()
        self._sending = False
        self._thread: Thread | None = None
        self._stopped = False

    def put(self, body: bytes, delay_seconds: float = 0.0) -> None:
        """Send a message later or at once. It is lost if nobody listens, or if too many wait."""
        with self._changed:
            self._push(time.monotonic() + delay_seconds, 1, body)

    def wait_until_sent(self, timeout_seconds: float = 60.0) -> bool:
        """Wait until nothing is to be sent any more; whether that is so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._sending, timeout_seconds)

    def stop(self) -> None:
        """Send nothing more."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(PATIENCE_SECONDS)

    def _push(self, due: float, attempt: int, body: bytes) -> None:
        if self.send is None or self._stopped:
            return
        if len(self._waiting) >= MOST_WAITING:
            log.warning("A message is lost: %d are waiting.", MOST_WAITING)
            return
        heapq.heappush(self._waiting, (due, next(self._numbers), attempt, body))
        if self._thread is None:
            self._thread = Thread(target=self._run, name="fake-stripe-events", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and not self._is_due():
                    left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                    self._changed.wait(left)
                if self._stopped:
                    return
                _, _, attempt, body = heapq.heappop(self._waiting)
                self._sending = True
            taken = self._attempt(body)
            with self._changed:
                self._sending = False
                if not taken and attempt < ATTEMPTS:
                    self._push(time.monotonic() + RETRY_SECONDS[attempt - 1], attempt + 1, body)
                self._changed.notify_all()

    def _is_due(self) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= time.monotonic()

    def _attempt(self, body: bytes) -> bool:
        try:
            status = self.send(body, HEADERS | {"Stripe-Signature": self._sign(body)}) if self.send else 0
        except Exception as error:  # whatever a receiver does, the next message is sent
            log.warning("A message did not arrive: %s", type(error).__name__)
            return False
        if not 200 <= status < 300:
            log.warning("A message was answered with %d.", status)
        return 200 <= status < 300


def posting_to(url: str) -> Send:
    """Return what posts messages to an address by plain HTTP."""
    parts = urlsplit(url)
    path = parts.path or "/"

    def send(body: bytes, headers: Mapping[str, str]) -> int:
        with closing(
            http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PATIENCE_SECONDS)
        ) as connection:
            connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
            return connection.getresponse().status

    return send
