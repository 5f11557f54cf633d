"""What can be done at the door of an event."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from prometheus_client import Counter as Metric

from ..accounts.names import AccountNames
from ..auth.tokens import Caller
from ..bookings.sales import Sales
from ..bookings.ticket_reader import Found, TicketReader
from ..bookings.ticket_rules import TicketNotFound
from ..events.permissions import SCANNER
from ..events.reader import EventReader
from ..observability.metrics import REGISTRY
from ..storage.sort import Page, Position
from . import rules
from .model import Scan, Scanner, ScanRow
from .requests import CheckingIn, Judgement, UndoingCheckIn
from .store import ScanStore

AT_ONCE = 50  # scans in one request to the ledger, so that a file of a device does not keep others waiting
SCANS = Metric("check_in_scans", "Scans at the door.", ["outcome"], registry=REGISTRY)


class CheckInService:
    """Checks tickets in, undoes that, and shows what was scanned."""

    def __init__(self, scans: ScanStore, tickets: TicketReader, events: EventReader, names: AccountNames, sales: Sales):
        self._scans = scans
        self._tickets = tickets
        self._events = events
        self._names = names
        self._sales = sales

    def check_in(self, event_id: ObjectId, caller: Caller, scan: dict[str, Any]) -> Judgement:
        """Check a ticket in; the result is `rules.CREATED`, or `rules.REPLAYED` with the answer from before.

        Every scan is logged, also if it is refused, but for a repeated nonce. Raises `EventNotFound`, `NotYourEvent`,
        `TicketNotFound`, `TicketRevoked`, `TicketCancelled`, `TicketHeld`, `AlreadyCheckedIn`, `NonceReused` and
        `ValidationFailed`.
        """
        (judgement,) = self.check_in_all(event_id, caller, [scan])
        if judgement.problem:
            raise judgement.problem
        row = judgement.row
        if judgement.result in (rules.DUPLICATE, rules.CONFLICT):
            raise rules.already(row["checked_in_at"] or row["at"])
        return judgement

    def shown(self, judgement: Judgement) -> dict[str, Any]:
        """Return what is shown at the door of a ticket that is in."""
        row, customer_id = judgement.row, judgement.customer_id
        return {
            "ticket": {"_id": row["ticket_id"], "ticket_type": row["ticket_type"]},
            "attendee": {"name": self._names.of([customer_id]).get(customer_id) if customer_id else judgement.name},
            "list": row["list"],
            "checked_in_at": row["checked_in_at"],
        }

    def bulk(self, event_id: ObjectId, caller: Caller, scans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Check in what a device has scanned; return the result of each scan. Raises as `check_in_all` does."""
        return [
            {"result": each.result, "code": each.row["code"]}
            if each.problem
            else {"result": each.result, "checked_in_at": each.row["checked_in_at"]}
            for each in self.check_in_all(event_id, caller, scans)
        ]

    def check_in_all(self, event_id: ObjectId, caller: Caller, scans: Sequence[dict[str, Any]]) -> list[Judgement]:
        """Apply the scans of a device in their order, `AT_ONCE` in a transaction; return what has become of each.

        If it fails in the middle, those before are applied; sent again, they are answered as before if they have a
        nonce, and are duplicates if they have not. Raises `EventNotFound` and `NotYourEvent`.
        """
        self._events.require(SCANNER, event_id, caller.id)
        found = self._find(event_id, caller, scans)
        judged: list[Judgement] = []
        for first in range(0, len(found), AT_ONCE):
            some = self._sales.apply(event_id, CheckingIn(tuple(found[first : first + AT_ONCE])))
            for outcome, count in Counter(each.row["code"] or each.result for each in some).items():
                SCANS.labels(outcome).inc(count)
            judged += some
        return judged

    def undo(self, event_id: ObjectId, caller: Caller, ticket_id: ObjectId, name: str | None) -> None:
        """Let a ticket be scanned again for a list; nothing happens if it is not in.

        Raises `EventNotFound`, `NotYourEvent`, `TicketNotFound`, and `ValidationFailed` if the event has no such list.
        """
        self._events.require(SCANNER, event_id, caller.id)
        found = self._tickets.by_ids(event_id, [ticket_id]).get(ticket_id)
        if found is None:
            raise TicketNotFound
        self._sales.apply(event_id, UndoingCheckIn(found.booking_id, ticket_id, name, caller.id))

    def log(self, event_id: ObjectId, caller_id: ObjectId, limit: int, after: Position | None) -> Page[dict[str, Any]]:
        """Return a page of an event's scans, the latest first; raises `EventNotFound` and `NotYourEvent`."""
        self._events.require(SCANNER, event_id, caller_id)
        page = self._scans.page(event_id, limit, after)
        people = {row[name] for row in page.items for name in ("by", "undone_by") if row.get(name)}
        names = self._names.of(people)
        return Page([_shown(row, names) for row in page.items], page.end)

    def _find(self, event_id: ObjectId, caller: Caller, scans: Sequence[dict[str, Any]]) -> list[Scan]:
        """Return the scans with the tickets that they are of, which two queries find for all of them."""
        codes = {scan["code"]: rules.code_in(scan["code"]) for scan in scans if "code" in scan}
        by_code = self._tickets.by_codes(event_id, {code for code in codes.values() if code})
        by_id = self._tickets.by_ids(event_id, {scan["ticket_id"] for scan in scans if "ticket_id" in scan})
        key_id = caller.key.key_id if caller.key else None
        return [
            _scan(
                scan,
                by_code.get(codes[scan["code"]] or "") if "code" in scan else by_id.get(scan["ticket_id"]),
                codes.get(scan.get("code", "")),
                Scanner(caller.id, key_id, scan["device"]),
            )
            for scan in scans
        ]


def _scan(scan: dict[str, Any], found: Found | None, code: str | None, by: Scanner) -> Scan:
    read = scan["code"] if "code" in scan else str(scan["ticket_id"])
    return Scan(
        subject=str(found.ticket_id) if found else rules.subject_of(read),
        booking_id=found and found.booking_id,
        ticket_id=found and found.ticket_id,
        code=code,
        revoked=found is not None and found.revoked,
        list=scan["list"],
        scanned_at=scan["scanned_at"],
        nonce=scan["nonce"],
        by=by,
    )


def _shown(row: ScanRow, names: dict[ObjectId, str]) -> dict[str, Any]:
    undone_by = row.get("undone_by")
    return {
        **row,
        "by": {"_id": row["by"], "name": names.get(row["by"])},
        "undone_by": undone_by and {"_id": undone_by, "name": names.get(undone_by)},
    }
