"""Offers the tickets of an event to those who wait, once all requests of a transaction were applied. Pure.

It keeps what sales rely on: unless the list alone is served, nobody waits who could have what is on sale. Each type has
a queue of its own, by the numbers of the entries. With `first_fit` the earliest entry that fits comes next; with
`strict` nobody of that type comes before an entry that does not fit, while others do not compete with it. Passed over
is whose customer may not have as many tickets as it takes at least; then it leaves the queue until its customer has
fewer. Who has given tickets of a type back comes after all others of it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings.ledger import EventLedger
from ..events import waiting
from ..events.rules import CANCELLED, PUBLISHED
from .model import Entry
from .offers import make_offer
from .queue import Queue
from .waiters import Waiters

MOST_OFFERS = 100  # in one transaction
MOST_BLOCKED = 200
MOST_CHANGED = 500  # entries that are closed, or put back into the queue


class Settlement:
    """What follows from the requests of a transaction for the waiting list of one event."""

    def __init__(self, ledger: EventLedger, waiters: Waiters, offer_seconds: int):
        self._ledger = ledger
        self._event = ledger.booked_event
        self._before = waiting.waitlist_of(self._event)
        self._queue = Queue.of(ledger)
        self._waiters = waiters
        self._offer_seconds = offer_seconds
        self._strict = waiting.is_strict(self._event)
        self._offers_left = MOST_OFFERS
        self._blocks_left = MOST_BLOCKED
        self._more = False
        self._givers: dict[ObjectId, Entry] = {}  # entries by id that come last
        self._kept = set(self._before.get("givers", ()))  # the same of transactions before

    def run(self) -> None:
        """Close what has to be closed, make offers, and note on the event what follows."""
        changed = self._queue.served is not None and (self._close() or self._unblock())
        self._find_givers()
        # What was changed is not in the queue that is read. Those who may have tickets after an edit come in their old
        # places, so a job puts them there first.
        self._more = changed or (bool(self._before.get("unblock")) and self._queue.served is None)
        if not self._more and self._event["status"] == PUBLISHED:
            for type_id in waiting.type_ids(self._event):
                if waiting.may_offer(self._event, type_id, self._ledger.now):
                    self._serve(type_id)
        self._queue.set_positions()
        self._note()

    def _close(self) -> bool:
        """Close entries that can have nothing more; return whether there were any."""
        now, event = self._ledger.now, self._event
        if event["status"] == CANCELLED:
            closing = self._waiters.still_open(MOST_CHANGED)
        else:
            on_sale = [type_id for type_id in waiting.type_ids(event) if now < waiting.closes_at(event, type_id)]
            most_of = {type_id: waiting.most_at_once(event, type_id) for type_id in on_sale}
            closing = self._waiters.to_close(most_of, MOST_CHANGED)
        closing = [entry for entry in closing if self._queue.is_open(entry)]
        for entry in closing:
            self._queue.close(entry, now)
        return bool(closing)

    def _unblock(self) -> bool:
        """Put entries back into the queue after an edit of how many tickets a customer may have."""
        if not self._before.get("unblock"):
            return False
        blocked = [entry for entry in self._waiters.blocked(MOST_CHANGED) if self._queue.is_waiting(entry)]
        for entry in blocked:
            self._queue.unblock(entry)
        if not blocked:  # those who leave the queue from now on do so under the new limit
            self._queue.counts.pop("unblock")
        return bool(blocked)

    def _find_givers(self) -> None:
        """Find who has given tickets back, and put those into the queue who may have some again."""
        gave = self._ledger.given_back
        waits = [joined.entry for joined in self._queue.joined]
        if gave:
            waits += self._waiters.waiting_of(sorted({customer_id for customer_id, _ in gave}))
        for entry in waits:
            if not self._queue.is_waiting(entry):
                continue
            if not self._queue.is_queued(entry):
                self._queue.unblock(entry)
            if (entry["customer_id"], entry["ticket_type_id"]) in gave:
                self._givers[entry["_id"]] = entry

    def _serve(self, type_id: ObjectId | None) -> None:
        """Offer the tickets of a type: to who has given none back, and what is left then to those who have."""
        most = waiting.most_at_once(self._event, type_id)
        passed = [entry for entry in self._givers.values() if entry["ticket_type_id"] == type_id]
        for entry in self._others(type_id, most, passed):
            if not self._consider(entry, most, passed):
                return
        for entry in sorted(passed, key=_number):
            if not self._left(type_id) or not self._consider(entry, most, passed):
                return

    def _others(self, type_id: ObjectId | None, most: int, passed: list[Entry]) -> Iterator[Entry]:
        """Yield the entries of a type that fit, in order, while there are tickets; add earlier givers to `passed`."""
        after = 0
        while left := self._left(type_id):
            fit = most if self._strict else min(most, left)
            limit = min(left, self._offers_left + 1) + len(self._givers) + len(self._kept)
            rows = self._waiters.queued(type_id, fit, after, limit)
            self._count_tickets(rows)
            for entry in rows:
                if not self._strict and entry["min_quantity"] > self._left(type_id):
                    break  # fewer fit now
                after = entry["number"]
                if entry["_id"] in self._givers or not self._queue.is_waiting(entry):
                    continue
                if entry["_id"] in self._kept:
                    passed.append(entry)
                    continue
                yield entry
            else:
                if len(rows) < limit:
                    break
        last = [joined.entry for joined in self._queue.joined]
        last = [entry for entry in last if entry["ticket_type_id"] == type_id and self._queue.is_waiting(entry)]
        self._count_tickets([*passed, *last])
        yield from (entry for entry in last if entry["_id"] not in self._givers)

    def _consider(self, entry: Entry, most: int, passed: Sequence[Entry]) -> bool:
        """Offer an entry what it can have, if that is enough; return False if nobody comes after it now."""
        if self._offers_left <= 0 or self._blocks_left <= 0:
            self._more = True
            return False
        left = self._left(entry["ticket_type_id"])
        room = min(most, self._room_of(entry["customer_id"]))
        if room < entry["min_quantity"]:
            self._queue.block(entry)
            self._blocks_left -= 1
            return True
        quantity = min(entry["quantity"], left, room)
        if quantity < entry["min_quantity"]:
            return not self._strict
        self._offers_left -= 1
        earlier = [each["number"] for each in passed if each["number"] < entry["number"]]
        offer = {"quantity": quantity, "available": left, "most": most, "strict": self._strict, "passed": earlier}
        make_offer(self._ledger, self._queue, entry, offer, self._offer_seconds)
        return True

    def _count_tickets(self, entries: Sequence[Entry]) -> None:
        """Count how many tickets the customers of these entries have, if there is a limit, all at once."""
        tickets_of, gave = self._ledger.tickets_of, self._ledger.given_back
        unknown = {entry["customer_id"] for entry in entries} - tickets_of.keys()
        if self._event["max_per_customer"] is None or not unknown:
            return
        found = self._waiters.tickets_of(sorted(unknown))
        back: Counter[ObjectId] = Counter()
        for (customer_id, _), count in gave.items():
            back[customer_id] += count
        tickets_of.update({each: found.get(each, 0) - back[each] for each in unknown})

    def _room_of(self, customer_id: ObjectId) -> int:
        """Return how many more tickets a customer may have."""
        limit = self._event["max_per_customer"]
        return waiting.UNLIMITED if limit is None else limit - self._ledger.tickets_of[customer_id]

    def _left(self, type_id: ObjectId | None) -> int:
        return self._ledger.stock.available_of(type_id)

    def _note(self) -> None:
        """Note on the event how many wait, and from when on the list alone is served."""
        queue, stock, now = self._queue, self._ledger.stock, self._ledger.now
        if queue.served:
            queue.served.more = self._more
        if self._more and not self._before.get("due"):
            queue.counts["due"] = True
            queue.due_at = None if queue.served else now  # a job that has begun goes on
        elif queue.served and not self._more:
            for name in ("due", "unblock", "givers"):
                queue.counts.pop(name, None)  # type: ignore[misc]
        if queue.counts.get("due") and (givers := [*self._before.get("givers", ()), *self._givers]):
            queue.counts["givers"] = list(dict.fromkeys(givers))[-waiting.MOST_GIVERS :]
        reserved_from = self._reserved_from()
        if reserved_from != self._event.get("reserved_from"):
            stock.sets["reserved_from"] = reserved_from
        if queue.counts != self._before:
            stock.sets["waitlist"] = queue.counts
        if queue.due_at is None and queue.counts["waiting"] and (queue.served or not self._before["waiting"]):
            queue.due_at = self._next_look(reserved_from)

    def _reserved_from(self) -> datetime | None:
        """Return from when on the list alone is served, or None if everybody is."""
        queue, now, present = self._queue, self._ledger.now, self._event.get("reserved_from")
        if self._event["status"] != PUBLISHED:
            return None
        if queue.counts.get("due") or (self._strict and self._is_any_queued()):
            return present if waiting.is_reserved(self._event, now) else now
        if not queue.served:
            return present if present and present > now else None
        opening = {
            opens: type_id
            for type_id in waiting.type_ids(self._event)
            if (opens := waiting.opens_at(self._event, type_id)) and opens > now and self._waiters.waits_for(type_id)
        }
        return min(opening, default=None)

    def _is_any_queued(self) -> bool:
        queue = self._queue
        joined = [each.entry for each in queue.joined]
        if any(entry["queued"] for entry in joined):
            return True
        if any(changes.get("queued") for changes in queue.changed.values()):
            return True
        return bool(queue.counts["waiting"]) and self._waiters.is_any_queued(list(queue.changed))

    def _next_look(self, reserved_from: datetime | None) -> datetime | None:
        """Return when a job has to look through the list: a sale begins or ends."""
        now, event = self._ledger.now, self._event
        ends: list[Any] = [waiting.closes_at(event, type_id) for type_id in waiting.type_ids(event)]
        return min((at for at in [*ends, reserved_from] if at and at > now), default=None)


def _number(entry: Entry) -> int:
    return entry["number"]
