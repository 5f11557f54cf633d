"""What an order would cost, and what a code shows: nothing is booked and nothing used."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings import guesses, pricing, rules
from ..bookings.code_uses import CodeUses
from ..events.code_rules import CodeExhausted, CodeUnknown
from ..events.model import Event
from ..events.reader import EventReader
from ..events.stock import Line
from .spelling import key_of
from .store import CodeStore
from .uses import CodeInSale


class QuoteService:
    """Answers what orders would cost now."""

    def __init__(self, codes: CodeStore, uses: CodeUses, events: EventReader, clock: Callable[[], datetime]):
        self._codes = codes
        self._uses = uses
        self._events = events
        self._clock = clock

    def quote(
        self, event_id: ObjectId, customer_id: ObjectId | None, lines: Sequence[Line], code: str | None
    ) -> dict[str, Any]:
        """Return the items of an order with their discounts, and the sums; what is not on sale has a price too.

        Raises `EventNotFound`, `EventCancelled`, `EventPast`, `ValidationFailed` and the errors of codes.
        """
        now = self._clock()
        event = rules.require_open(self._events.by_id([event_id]).get(event_id), now)
        found = None if code is None else self._find(event_id, code, customer_id)
        lines = rules.require_lines(lines, event, frozenset() if found is None else found.unlocked(event))
        reductions = [] if found is None else found.reductions(lines, event, customer_id, now)
        items = pricing.price(lines, event, reductions)
        shown = [{**item, "discount": pricing.discount([item]), "amount": pricing.amount([item])} for item in items]
        sums = {"discount": pricing.discount(items), "amount": pricing.amount(items)}
        return {"items": shown, **sums, "currency": event["currency"]}

    def unlock(self, event: Event, code: str) -> frozenset[ObjectId]:
        """Return the hidden ticket types of an event that a code shows to whoever asks; none if it unlocks nothing.

        Raises `CodeUnknown`, `CodeExpired`, `CodeExhausted`, and `TooManyRequests` where too many were unknown.
        """
        with guesses.limited(code):
            found = self._find(event["_id"], code, None)
        found.require_valid(self._clock())
        if found.remaining(None) == 0:
            raise CodeExhausted("The code was used as often as it may be.", remaining=0)
        return found.unlocked(event)

    def _find(self, event_id: ObjectId, text: str, customer_id: ObjectId | None) -> CodeInSale:
        key = key_of(text)
        code = self._codes.find_named({event_id: [key]}).get((event_id, key))
        if code is None or not code["enabled"]:
            raise CodeUnknown
        found = CodeInSale(code)
        if customer_id is not None and code["max_per_customer"] is not None:
            found.tickets_of[customer_id] = self._uses.tickets_of([code["_id"]], [customer_id])[
                code["_id"], customer_id
            ]
        return found
