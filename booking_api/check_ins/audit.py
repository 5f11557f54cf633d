"""The audit of the door: a ticket is in if a scan holds it, once for each list. Only reads, in snapshots."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from bson import ObjectId

from ..bookings.rules import BY_ORGANIZER, CONFIRMED
from ..bookings.ticket_reader import TicketReader
from ..events.reader import EventReader
from ..storage.client import Transactions
from .store import ScanStore

CLOCKS = timedelta(minutes=1)  # by which those of two machines may differ


class CheckInAudit:
    """Compares the scans that hold tickets with the bookings of these."""

    def __init__(self, scans: ScanStore, tickets: TicketReader, events: EventReader, transactions: Transactions):
        self._scans = scans
        self._tickets = tickets
        self._events = events
        self._transactions = transactions

    def check(self) -> Iterator[list[str]]:
        """Yield the faults of some events at a time, a list that may be empty."""
        for events, session in self._events.in_snapshots(self._transactions):
            ids = [event["_id"] for event in events]
            scans = {scan["_id"]: scan for scan in self._scans.holding(ids, session)}
            yield list(faults(scans, self._tickets.checked_in(ids, session)))


def faults(scans: dict[ObjectId, dict[str, Any]], bookings: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with bookings of which tickets are in, given the scans that hold tickets of their events."""
    left = dict(scans)
    twice = [pair for pair, count in Counter((s["ticket_id"], s["list"]) for s in scans.values()).items() if count > 1]
    yield from (f"ticket {ticket}: is in {name!r} by several scans" for ticket, name in twice)
    for booking in bookings:
        for ticket in booking["tickets"]:
            yield from (f"ticket {ticket['_id']}: {fault}" for fault in _faults_of(ticket, booking, left))
    yield from (f"ticket {scan['ticket_id']}: a scan holds it, and it is not in" for scan in left.values())


def _faults_of(ticket: dict[str, Any], booking: dict[str, Any], left: dict[ObjectId, dict[str, Any]]) -> Iterator[str]:
    check_ins = ticket.get("check_ins", [])
    if ticket["checked_in_at"] != min((each["at"] for each in check_ins), default=None):
        yield "checked_in_at is not the first of its check-ins"
    if len({each["list"] for each in check_ins}) < len(check_ins):
        yield "is in one list twice"
    ended = ticket.get("cancelled_at") or booking["cancelled_at"]
    for each in check_ins:
        scan = left.pop(each["scan_id"], None)
        if scan is None or (scan["ticket_id"], scan["list"]) != (ticket["_id"], each["list"]):
            yield f"is in {each['list']!r} without a scan that holds it"
        elif ended and scan["at"] > ended + CLOCKS:
            yield "was let in after it was cancelled"
    if check_ins and ticket.get("cancelled_at"):
        yield "is in, and was cancelled apart from its booking"
    if check_ins and booking["status"] != CONFIRMED and booking["cancelled_by"] != BY_ORGANIZER:
        yield f"is in, and its booking is {booking['status']}"
