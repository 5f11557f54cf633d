"""Waiting lists as they are before a transaction, without a database."""

from bson import ObjectId

from booking_api.bookings.requests import Cancellation
from booking_api.waitlist.settling import Settlement

from ..bookings.ledgers import NOW, PLAIN, ledger_of, stored

OFFER_SECONDS = 60
SOLD_OUT = PLAIN | {"available_tickets": 0, "max_per_booking": 10, "total_tickets": 20, "_id": PLAIN["_id"]}


def waiter(number, quantity=1, least=None, *, type_id=None, customer=None, **fields):
    """An entry that waits."""
    return {
        "_id": ObjectId(),
        "event_id": PLAIN["_id"],
        "customer_id": customer or ObjectId(),
        "number": number,
        "ticket_type_id": type_id,
        "quantity": quantity,
        "min_quantity": least or quantity,
        "status": "waiting",
        "open": True,
        "queued": True,
        "booking_id": None,
        "offer_expires_at": None,
        "created_at": NOW,
    } | fields


class Listed:
    """Entries in memory, as `Waiters` has them; it notes how many rows were read."""

    def __init__(self, *entries, tickets_of=None):
        self.entries, self.tickets, self.read, self.counted = list(entries), tickets_of or {}, 0, 0

    def queued(self, type_id, most, after, limit):
        """The first that fit."""
        fit = [
            {**entry}
            for entry in self.entries
            if entry["queued"]
            and entry["ticket_type_id"] == type_id
            and entry["min_quantity"] <= most
            and entry["number"] > after
        ][:limit]
        self.read += len(fit)
        return fit

    def waiting_of(self, customer_ids):
        """Those of these customers."""
        return [{**entry} for entry in self.entries if entry["customer_id"] in customer_ids]

    def tickets_of(self, customer_ids):
        """What they have."""
        self.counted += 1
        return {each: self.tickets[each] for each in customer_ids if each in self.tickets}

    def is_any_queued(self, but):
        """Any but these."""
        return any(entry["queued"] and entry["_id"] not in but for entry in self.entries)

    def waits_for(self, type_id):
        """Any for this type."""
        return any(entry["ticket_type_id"] == type_id for entry in self.entries)

    def to_close(self, most_of, limit):
        """Those of other types, or for too many."""
        return [e for e in self.entries if e["min_quantity"] > most_of.get(e["ticket_type_id"], 0)][:limit]

    def still_open(self, limit):
        """All."""
        return self.entries[:limit]

    def blocked(self, limit):
        """Those that are not in the queue."""
        return [entry for entry in self.entries if not entry["queued"]][:limit]


def listed_event(listed, event=SOLD_OUT, **fields):
    """An event with this list."""
    counts = {"last": max((each["number"] for each in listed.entries), default=0), "turn": 7}
    return event | {"waitlist": counts | {"waiting": len(listed.entries)}} | fields


def ledger_with(listed, *bookings, **fields):
    """The ledger of an event with a list, and with these bookings."""
    return ledger_of(listed_event(listed, **fields), *bookings)


def given_back(listed, *quantities, customers=(), **fields):
    """A ledger of a list in which bookings of so many tickets were cancelled."""
    bookings = [stored(quantity=quantity) for quantity in quantities]
    for booking, customer in zip(bookings, customers, strict=False):
        booking["customer_id"] = customer
    ledger = ledger_with(listed, *bookings, **fields)
    for booking in bookings:
        assert ledger.apply(Cancellation(booking["_id"], booking["customer_id"]))["status"] == "cancelled"
    return ledger


def settle(ledger, listed):
    """Settle it; return the offers, as numbers with quantities, in order."""
    Settlement(ledger, listed, OFFER_SECONDS).run()
    by_id = {entry["_id"]: entry["number"] for entry in listed.entries}
    return [(by_id[new["waitlist_entry_id"]], new["quantity"]) for new in ledger.new]
