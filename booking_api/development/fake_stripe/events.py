"""Messages about what has happened: made, signed, and sent as they should be, or as they should not.

https://docs.stripe.com/webhooks and its *Verify webhook signatures manually*.
"""

import hashlib
import hmac
import json
import random
from collections import deque
from copy import deepcopy
from threading import Lock
from typing import Literal, get_args

from .deliveries import Deliveries
from .state import Document, State, new_id

API_VERSION = "2026-10-28.endive"
MOST_EVENTS = 1000  # that are shown and may be sent again
MOST_HELD = 10_000
MOST_TIMES = 10
MOST_DELAY_SECONDS = 3600.0
Order = Literal["made", "reversed", "shuffled"]
ORDERS: tuple[Order, ...] = get_args(Order)


def signature(secret: str, body: bytes, now: int) -> str:
    """Return the header `Stripe-Signature` of a message that is sent now."""
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class Events:
    """The messages, and what is done to them on their way."""

    def __init__(self, state: State, deliveries: Deliveries):
        self._state = state
        self._deliveries = deliveries
        self._lock = Lock()
        self._made: deque[Document] = deque(maxlen=MOST_EVENTS)
        self._held: deque[Document] | None = None
        self._delay_seconds = 0.0
        self._times = 1
        self._to_drop = 0

    def emit(self, kind: str, subject: Document) -> None:
        """Make a message about an object as it is now, and send it, unless it is held or dropped."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self._state.now(),
            "data": {"object": deepcopy(subject)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": new_id("req"), "idempotency_key": None},
            "type": kind,
        }
        with self._lock:
            self._made.append(event)
            if self._to_drop:
                self._to_drop -= 1
                return
            for _ in range(self._times):
                if self._held is None:
                    self._send(event)
                elif len(self._held) < MOST_HELD:
                    self._held.append(event)

    def all(self) -> list[Document]:
        """Return the latest messages, the oldest first, dropped ones too."""
        with self._lock:
            return list(self._made)

    def hold(self) -> None:
        """Send nothing until `release`."""
        with self._lock:
            if self._held is None:
                self._held = deque()

    def release(self, order: Order = "made") -> int:
        """Send what was held, in some order, and hold nothing more; returns how many messages that are."""
        with self._lock:
            held = list(self._held or ())
            self._held = None
            if order == "reversed":
                held.reverse()
            elif order == "shuffled":
                random.shuffle(held)
            for event in held:
                self._send(event)
            return len(held)

    def delay(self, seconds: float) -> None:
        """Send what is made from now on so much later."""
        with self._lock:
            self._delay_seconds = min(max(seconds, 0.0), MOST_DELAY_SECONDS)

    def repeat(self, times: int) -> None:
        """Send what is made from now on so many times; 1 is normal."""
        with self._lock:
            self._times = min(max(times, 1), MOST_TIMES)

    def drop_next(self, count: int = 1) -> None:
        """Never send the next messages."""
        with self._lock:
            self._to_drop = max(count, 0)

    def resend(self, event_id: str) -> bool:
        """Send a message again, a dropped one too; False if it is not known."""
        with self._lock:
            for event in self._made:
                if event["id"] == event_id:
                    self._send(event)
                    return True
            return False

    def clear(self) -> None:
        """Forget all messages and send them as they should be from now on; what is on its way still arrives."""
        with self._lock:
            self._made.clear()
            self._held = None
            self._delay_seconds, self._times, self._to_drop = 0.0, 1, 0

    def _send(self, event: Document) -> None:
        self._deliveries.put(json.dumps(event, indent=2).encode(), self._delay_seconds)
