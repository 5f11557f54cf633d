"""What the fake keeps: objects as Stripe's API shows them, their number bounded, and one lock around them all."""

import secrets
import time
from collections.abc import Callable
from threading import RLock
from typing import Any

from .errors import Refusal

Document = dict[str, Any]

MOST_OBJECTS = 10_000  # of each kind
ID_BYTES = 12


class State:
    """The objects. Whoever reads or changes them holds `lock`."""

    def __init__(self, clock: Callable[[], float] = time.time, most_objects: int = MOST_OBJECTS):
        self.lock = RLock()
        self.intents: dict[str, Document] = {}
        self.refunds: dict[str, Document] = {}
        self._refunds_of: dict[str, list[Document]] = {}  # by intent, the oldest first
        # By intent: the name of the test card that was tried last, and its PaymentMethod.
        self.attached: dict[str, tuple[str, Document]] = {}
        self.succeeding: set[str] = set()  # intents that are paid at the moment somebody cancels them
        self._clock = clock
        self._most_objects = most_objects

    def now(self) -> int:
        """Return the time as Stripe has it, in seconds since 1970."""
        return int(self._clock())

    def keep(self, kept: dict[str, Document], document: Document) -> None:
        """Keep an object under its id. Raises `Refusal` if there are too many: it would not be honest to forget one."""
        if len(kept) >= self._most_objects:
            message = f"The fake keeps {self._most_objects} objects of a kind at the most: reset it."
            raise Refusal(429, "invalid_request_error", message, code="rate_limit")
        kept[document["id"]] = document

    def intent(self, intent_id: str) -> Document:
        """Return a PaymentIntent. Raises `Refusal`."""
        return self._found(self.intents, intent_id, "payment_intent")

    def refund(self, refund_id: str) -> Document:
        """Return a refund. Raises `Refusal`."""
        return self._found(self.refunds, refund_id, "refund")

    def keep_refund(self, refund: Document) -> None:
        """Keep a refund. Raises `Refusal` if there are too many."""
        self.keep(self.refunds, refund)
        self._refunds_of.setdefault(refund["payment_intent"], []).append(refund)

    def refunds_of(self, intent_id: str) -> list[Document]:
        """Return the refunds of an intent, the oldest first."""
        return self._refunds_of.get(intent_id, [])

    def attach(self, intent_id: str, card: str, method: Document) -> None:
        """Note with what an intent is to be paid."""
        self.attached[intent_id] = (card, method)

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.intents.clear()
            self.refunds.clear()
            self._refunds_of.clear()
            self.attached.clear()
            self.succeeding.clear()

    @staticmethod
    def _found(kept: dict[str, Document], id: str, name: str) -> Document:
        if id not in kept:
            raise Refusal(404, "invalid_request_error", f"No such {name}: '{id}'", code="resource_missing", param="id")
        return kept[id]


def new_id(prefix: str) -> str:
    """Return a new id like `pi_3f0c...`."""
    return f"{prefix}_{secrets.token_hex(ID_BYTES)}"
