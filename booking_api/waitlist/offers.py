"""Makes an offer: a held booking for somebody who waits. Pure."""

from datetime import timedelta
from typing import Any

from bson import ObjectId

from ..bookings import payment, pricing
from ..bookings.ledger import EventLedger
from ..bookings.new_booking import new_booking
from ..events import waiting
from ..events.changes import BY_SYSTEM
from ..events.stock import Line
from .changes import of_entry
from .facts import WAITLIST_OFFERED
from .model import Entry
from .queue import Queue


def make_offer(ledger: EventLedger, queue: Queue, entry: Entry, offer: dict[str, Any], seconds: int) -> None:
    """Hold tickets for whom an entry is of, for so many seconds and never past the end of their sale.

    Where money has to be handed over there is as much time for it as after an order, if that is longer.
    """
    event, type_id = ledger.booked_event, entry["ticket_type_id"]
    left = waiting.closes_at(event, type_id) - ledger.now
    held_seconds = min(seconds, left // timedelta(seconds=1))
    line = Line(type_id, offer["quantity"])
    items = pricing.price([line], event)
    if payment.is_wanted(event, pricing.amount(items)):
        held_seconds = max(held_seconds, payment.hold_seconds(event, held_seconds, ledger.now))
    ledger.stock.take([line])
    booking = new_booking(
        event,
        items,
        ledger.draw_keys(line.quantity),
        ledger.now,
        booking_id=ObjectId(),
        customer_id=entry["customer_id"],
        hold_seconds=held_seconds,
    )
    booking["waitlist_entry_id"] = entry["_id"]
    if entry["customer_id"] in ledger.tickets_of:
        ledger.tickets_of[entry["customer_id"]] += line.quantity
    ledger.bookings[booking["_id"]] = booking
    ledger.new.append(booking)
    ledger.publish_hold(booking, BY_SYSTEM, held_seconds)
    ends = booking["hold_expires_at"]
    queue.offered(entry, {"booking_id": booking["_id"], "offer_expires_at": ends, "offer": offer})
    queue.facts.append((WAITLIST_OFFERED, entry["_id"]))
    ledger.stock.changes.append(of_entry(WAITLIST_OFFERED, entry, BY_SYSTEM))
