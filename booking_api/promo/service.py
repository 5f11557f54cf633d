"""What those who run an event do with its promo codes."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from bson import ObjectId

from ..events import permissions
from ..events.model import Event
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..storage.advisory_locks import AdvisoryLocks
from ..storage.client import Transactions, UnitOfWork
from ..storage.sort import Page, Position
from . import rules
from .model import PromoCode, Terms
from .rules import CodeNotFound
from .spelling import key_of
from .store import SORTS, CodeStore, KeyTaken

T = TypeVar("T")


class CodeService:
    """Makes, shows, changes and deletes the codes of an event, for its organizer and its managers."""

    def __init__(
        self,
        codes: CodeStore,
        events: EventReader,
        transactions: Transactions,
        locks: AdvisoryLocks,
        clock: Callable[[], datetime],
    ):
        self._codes = codes
        self._events = events
        self._transactions = transactions
        self._locks = locks
        self._clock = clock

    def create(self, event_id: ObjectId, caller_id: ObjectId, terms: Terms, code_id: ObjectId) -> PromoCode:
        """Make a code and return it; if an earlier attempt has made one with this id, that is returned.

        Raises `EventNotFound`, `NotYourEvent`, `CodeTaken`, `TooManyCodes` and `ValidationFailed`. Requests to several
        machines at the same time may exceed that limit slightly.
        """
        return self._add(event_id, caller_id, [terms], [code_id], several=False)[0]

    def create_all(
        self, event_id: ObjectId, caller_id: ObjectId, terms: Sequence[Terms], request_id: ObjectId
    ) -> list[PromoCode]:
        """Make codes, all or none, and return them in this order. An earlier attempt has the same `request_id`.

        Raises the same as `create`, and says of which code.
        """
        return self._add(event_id, caller_id, terms, ids_of(request_id, len(terms)), several=True)

    def page(
        self, event_id: ObjectId, caller_id: ObjectId, query: dict[str, Any], after: Position | None
    ) -> Page[PromoCode]:
        """Return a page of an event's codes; raises `EventNotFound` and `NotYourEvent`."""
        self._events.require(MANAGER, event_id, caller_id)
        beginning = key_of(query["q"]) if query.get("q") else None
        return self._codes.find_page(event_id, beginning, SORTS[query["sort"]], query["limit"], after)

    def read(self, event_id: ObjectId, code_id: ObjectId, caller_id: ObjectId) -> PromoCode:
        """Return a code; raises `EventNotFound`, `NotYourEvent` and `CodeNotFound`."""
        self._events.require(MANAGER, event_id, caller_id)
        return _found(self._codes.find(event_id, code_id))

    def update(
        self,
        event_id: ObjectId,
        code_id: ObjectId,
        caller_id: ObjectId,
        changes: dict[str, Any],
        *,
        check: Callable[[PromoCode], None],
    ) -> PromoCode:
        """Change a code and return it; what was booked with it keeps what was taken off.

        `check` is called with the present code and may raise. Raises `EventNotFound`, `NotYourEvent`, `CodeNotFound`,
        `CodeTaken`, `CodeUsedMore` and `ValidationFailed`.
        """

        def attempt(unit: UnitOfWork) -> PromoCode:
            event = self._require(unit, event_id, caller_id)
            code = _found(self._codes.find(event_id, code_id, unit.session))
            check(code)
            edited = cast(PromoCode, code | changes)
            rules.require_terms(edited, event, changes)
            rules.require_room_for_uses(code, edited)
            edit = changes | {"updated_at": self._clock(), "key": key_of(edited["code"])}
            if edit["key"] != code["key"] and self._codes.present(event_id, [edit["key"]], unit.session):
                raise rules.taken(edited["code"])
            # It was read in this transaction; one that was deleted since makes it collide.
            return _found(self._codes.update(code_id, edit, unit.session))

        return self._twice(attempt)

    def delete(self, event_id: ObjectId, code_id: ObjectId, caller_id: ObjectId) -> None:
        """Delete a code; bookings keep what it took off. Raises `EventNotFound`, `NotYourEvent` and `CodeNotFound`."""

        def attempt(unit: UnitOfWork) -> None:
            self._require(unit, event_id, caller_id)
            if not self._codes.delete(event_id, code_id, unit.session):
                raise CodeNotFound

        self._transactions.run(attempt)

    def _add(
        self,
        event_id: ObjectId,
        caller_id: ObjectId,
        wanted: Sequence[Terms],
        ids: Sequence[ObjectId],
        *,
        several: bool,
    ) -> list[PromoCode]:
        def attempt(unit: UnitOfWork) -> list[PromoCode]:
            event = self._require(unit, event_id, caller_id)
            made = self._codes.by_id(ids, unit.session)
            if made:
                return [made[each] for each in ids if each in made]
            for index, terms in enumerate(wanted):
                rules.require_terms(terms, event, terms, f"codes.{index}." if several else "")
            now = self._clock()
            codes = [_new(event_id, terms, each, now) for terms, each in zip(wanted, ids, strict=True)]
            present = self._codes.present(event_id, [code["key"] for code in codes], unit.session)
            rules.require_free(codes, present, several=several)
            rules.require_fewer(self._codes.count(event_id, unit.session), len(codes))
            self._codes.insert(codes, unit.session)
            return codes

        with self._locks.hold(f"codes {event_id}"):  # so that each counts what the ones before have made
            return self._twice(attempt)

    def _twice(self, attempt: Callable[[UnitOfWork], T]) -> T:
        try:
            return self._transactions.run(attempt)
        except KeyTaken:  # by somebody at the same time; now it is seen
            return self._transactions.run(attempt)

    def _require(self, unit: UnitOfWork, event_id: ObjectId, caller_id: ObjectId) -> Event:
        return permissions.require(MANAGER, self._events.find(unit, event_id), caller_id)


def ids_of(request_id: ObjectId, count: int) -> list[ObjectId]:
    """Return the ids of what one request makes: the same at each attempt, and in the order of its list."""
    shared = request_id.binary[:4] + hashlib.sha256(request_id.binary).digest()[:5]
    return [ObjectId(shared + index.to_bytes(3, "big")) for index in range(count)]


def _new(event_id: ObjectId, terms: Terms, code_id: ObjectId, now: datetime) -> PromoCode:
    uses = {"used_tickets": 0, "used_bookings": 0}
    times = {"version": 1, "created_at": now, "updated_at": now}
    made = {"_id": code_id, "event_id": event_id, "key": key_of(terms["code"]), **terms, **uses, **times}
    return cast(PromoCode, made)


def _found(code: PromoCode | None) -> PromoCode:
    if code is None:
        raise CodeNotFound
    return code
