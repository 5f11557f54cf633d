"""What the door asks of the ledger of an event: to check tickets in, and to undo that."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..bookings import ticket_rules
from ..bookings.ledger import EventLedger, OfOneBooking, Request
from ..bookings.model import Booking, CheckIn, Ticket
from ..errors import Invalid, Problem
from ..events.changes import by
from ..events.rules import EventNotFound, check_in_lists
from . import rules
from .changes import TICKET_CHECK_IN_UNDONE, TICKET_CHECKED_IN, of_check_in
from .model import Scan, ScanRow
from .rules import CONFLICT, CREATED, DUPLICATE, REFUSED, REPLAYED


@dataclass
class Door:
    """What a ledger has of scans: those that were logged under the nonces of its requests, and what is to be written.

    `outdone` are logged scans by which a ticket is in no longer, because another was earlier; `undone` are those that
    were taken back, with the time and by whom.
    """

    logged: dict[str, ScanRow] = field(default_factory=dict)
    new: dict[ObjectId, ScanRow] = field(default_factory=dict)
    outdone: list[ObjectId] = field(default_factory=list)
    undone: dict[ObjectId, tuple[datetime, ObjectId]] = field(default_factory=dict)

    def outdo(self, scan_id: ObjectId) -> None:
        """Let another scan hold the ticket of this one."""
        if scan_id in self.new:
            del self.new[scan_id]["holds"]
        else:
            self.outdone.append(scan_id)

    def undo(self, scan_id: ObjectId, now: datetime, actor: ObjectId) -> None:
        """Let nothing hold the ticket of this scan."""
        if scan_id in self.new:
            del self.new[scan_id]["holds"]
            self.new[scan_id] |= {"undone_at": now, "undone_by": actor}
        else:
            self.undone[scan_id] = (now, actor)


@dataclass(frozen=True)
class Judgement:
    """What has become of a scan: one of `rules.OUTCOMES` or `REPLAYED`, or the problem that refused it.

    `customer_id` is whose booking it is of, unless the ticket has a name.
    """

    result: str
    row: ScanRow
    problem: Problem | None = None
    name: str | None = None
    customer_id: ObjectId | None = None


@dataclass(frozen=True)
class CheckingIn(Request):
    """Scan tickets, each on its own: a scan that is refused does not keep the others from being applied."""

    scans: tuple[Scan, ...]

    action = "check_in"

    def booking_ids(self) -> Iterable[ObjectId]:
        """Return the ids of the bookings whose tickets were found."""
        return (scan.booking_id for scan in self.scans if scan.booking_id)

    def apply_to(self, ledger: EventLedger) -> list[Judgement]:
        """Return what has become of each scan, in order; raises `EventNotFound` if the event was deleted meanwhile."""
        if ledger.event is None:
            raise EventNotFound
        return [_judge(ledger, scan) for scan in self.scans]

    def outcome(self, result: Any) -> str:
        """Return that it was applied: what became of the scans has a metric of its own."""
        return "applied"


@dataclass(frozen=True)
class UndoingCheckIn(OfOneBooking):
    """Take back that a ticket came in by a list, so that it can be scanned again."""

    ticket_id: ObjectId
    list: str | None
    actor: ObjectId

    action = "undo_check_in"

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the booking; it is as it was if the ticket was not in."""
        booking = ledger.bookings.get(self.booking_id)
        if booking is None:
            raise ticket_rules.TicketNotFound
        ticket = booking["tickets"][ticket_rules.number_of(booking, self.ticket_id)]
        name = rules.list_named(self.list, ledger.booked_event)
        present = rules.check_in_of(ticket, name)
        if present is None:
            return booking
        ledger.part(Door).undo(present["scan_id"], ledger.now, self.actor)
        rest = [each for each in ticket["check_ins"] if each is not present]
        changed = _with_ticket(ledger, booking, rules.with_check_ins(ticket, rest))
        told = of_check_in(TICKET_CHECK_IN_UNDONE, changed, ticket, name, present["at"], by(self.actor))
        ledger.stock.changes.append(told)
        return changed


def _judge(ledger: EventLedger, scan: Scan) -> Judgement:
    door, event = ledger.part(Door), ledger.booked_event
    first = door.logged.get(scan.nonce) if scan.nonce else None
    booking = ledger.bookings.get(scan.booking_id) if scan.booking_id else None
    row = _row(ledger, scan)
    try:
        if scan.scanned_at:
            rules.require_not_ahead(scan.scanned_at, ledger.now)
        row["list"] = rules.list_named(scan.list, event)
        if first is not None:
            return _again(first, scan, booking)
        if booking is None or scan.ticket_id is None:
            raise ticket_rules.TicketNotFound
        row["scanned_at"] = rules.time_of(scan.scanned_at, booking, ledger.now)
        ticket = booking["tickets"][ticket_rules.number_of(booking, scan.ticket_id)]
        row["ticket_type"] = ticket["ticket_type"]
        # Its code may have died since it was found.
        if scan.revoked or scan.code not in (None, ticket["code"]):
            raise ticket_rules.TicketRevoked
        rules.require_valid(booking, ticket, event)
    except Problem as problem:
        if isinstance(problem, Invalid):  # mend it, and send it again: nothing was decided
            row.pop("nonce", None)
        row |= {"outcome": REFUSED, "code": problem.code}
        _log(door, row)
        return Judgement(REFUSED, row, problem)
    present = rules.check_in_of(ticket, row["list"])
    if present is None:
        row |= {"outcome": CREATED, "checked_in_at": row["scanned_at"]}
        _admit(ledger, booking, ticket, row)
    elif scan.by == (present["by"], present["key_id"], present["device"]):
        row |= {"outcome": DUPLICATE, "checked_in_at": present["at"]}
    else:
        row |= {"outcome": CONFLICT, "checked_in_at": min(present["at"], row["scanned_at"])}
        if row["scanned_at"] < present["at"]:
            _outdo(ledger, booking, ticket, present, row)
    _log(door, row)
    return _judgement(row["outcome"], row, booking)


def _again(first: ScanRow, scan: Scan, booking: Booking | None) -> Judgement:
    """Return what was answered to a scan with the same nonce.

    One that names no list is the same again, though another may have become the first of the event since.
    """
    if first["subject"] != scan.subject or scan.list not in (None, first["list"]):
        raise rules.NonceReused
    if first["code"] is not None:
        return Judgement(REFUSED, first, rules.REFUSALS[first["code"]]())
    return _judgement(REPLAYED if first["outcome"] == CREATED else first["outcome"], first, booking)


def _judgement(result: str, row: ScanRow, booking: Booking | None) -> Judgement:
    if booking is None:
        return Judgement(result, row)
    ticket = next((each for each in booking["tickets"] if each["_id"] == row["ticket_id"]), None)
    name = ticket and ticket.get("attendee_name")
    return Judgement(result, row, name=name, customer_id=None if name else booking["customer_id"])


def _row(ledger: EventLedger, scan: Scan) -> ScanRow:
    row: ScanRow = {
        "_id": ObjectId(),
        "event_id": ledger.booked_event["_id"],
        "subject": scan.subject,
        "ticket_id": scan.ticket_id,
        "booking_id": scan.booking_id,
        "ticket_type": None,
        "list": scan.list or check_in_lists(ledger.booked_event)[0],
        "at": ledger.now,
        "scanned_at": scan.scanned_at or ledger.now,
        "outcome": REFUSED,
        "code": None,
        "checked_in_at": None,
        "by": scan.by.user_id,
        "key_id": scan.by.key_id,
        "device": scan.by.device,
    }
    return {**row, "nonce": scan.nonce} if scan.nonce else row


def _log(door: Door, row: ScanRow) -> None:
    door.new[row["_id"]] = row
    if "nonce" in row:
        door.logged[row["nonce"]] = row


def _admit(ledger: EventLedger, booking: Booking, ticket: Ticket, row: ScanRow) -> None:
    """Have the ticket in by this scan, which is the only one that holds it in its list."""
    row["holds"] = True
    scanned: CheckIn = {
        "scan_id": row["_id"],
        "list": row["list"],
        "at": row["scanned_at"],
        "by": row["by"],
        "key_id": row["key_id"],
        "device": row["device"],
    }
    others = [each for each in ticket.get("check_ins", []) if each["list"] != row["list"]]
    changed = _with_ticket(ledger, booking, rules.with_check_ins(ticket, [*others, scanned]))
    if row["list"] not in ledger.booked_event.get("used_lists", []):
        ledger.stock.lists_used.add(row["list"])
    told = of_check_in(TICKET_CHECKED_IN, changed, ticket, row["list"], row["scanned_at"], by(row["by"]))
    ledger.stock.changes.append(told)


def _outdo(ledger: EventLedger, booking: Booking, ticket: Ticket, present: CheckIn, row: ScanRow) -> None:
    """Have the ticket in by a scan that was made earlier than the present one; the feed tells it as undone and done."""
    ledger.part(Door).outdo(present["scan_id"])
    ended = of_check_in(TICKET_CHECK_IN_UNDONE, booking, ticket, row["list"], present["at"], by(row["by"]))
    ledger.stock.changes.append(ended)
    _admit(ledger, booking, ticket, row)


def _with_ticket(ledger: EventLedger, booking: Booking, ticket: Ticket) -> Booking:
    tickets = [ticket if each["_id"] == ticket["_id"] else each for each in booking["tickets"]]
    return ledger.change(booking, {"tickets": tickets})
