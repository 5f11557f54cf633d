"""What the documentation shows of check-ins: Carl comes with one of his tickets."""

from typing import Any

from ..accounts.examples import OLGA, RENAMED
from ..bookings.examples import BOOKING, HELD

TICKET = BOOKING["tickets"][0]
AT = "2030-01-01T12:00:00Z"
SCAN = {"code": TICKET["code"], "device": "North gate"}
CHECKED_IN: dict[str, Any] = {
    "ticket": {"id": TICKET["id"], "ticket_type": None},
    "attendee": {"name": RENAMED["name"]},
    "list": "main",
    "checked_in_at": AT,
}
OFFLINE = {
    "ticket_id": TICKET["id"],
    "scanned_at": AT,
    "nonce": "b7f0c5d2",
    "device": "South gate",
}
SCANS = {"check_ins": [OFFLINE, {"code": "not-a-ticket", "device": "South gate"}]}
RESULTS: dict[str, Any] = {
    "results": [
        {"result": "conflict", "checked_in_at": AT},
        {"result": "refused", "code": "ticket_not_found"},
    ]
}


def _scan(number: int, device: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"6650f0c0ffee0000000000d{number}",
        "at": AT,
        "scanned_at": AT,
        "list": "main",
        "outcome": "created",
        "code": None,
        "ticket_id": TICKET["id"],
        "ticket_type": None,
        "by": {"id": OLGA["id"], "name": OLGA["name"]},
        "key_id": None,
        "device": device,
        "undone_at": None,
        "undone_by": None,
    } | fields


LOG: dict[str, Any] = {
    "items": [
        _scan(3, "South gate", outcome="refused", code="ticket_not_found", ticket_id=None),
        _scan(2, "South gate", outcome="conflict"),
        _scan(1, "North gate"),
    ],
    "next_cursor": None,
}


def _in_snapshot(ticket: dict[str, Any], digest: str, checked_in_at: str | None) -> dict[str, Any]:
    return {
        "code_sha256": digest * 8,
        "ticket_id": ticket["id"],
        "ticket_type": None,
        "attendee_name": RENAMED["name"],
        "status": "valid",
        "checked_in_at": checked_in_at,
    }


SNAPSHOT: dict[str, Any] = {
    "items": [
        _in_snapshot(TICKET, "d1a3a0a8", AT),
        _in_snapshot(BOOKING["tickets"][1], "f3c1c5d5", None),
        _in_snapshot(HELD["tickets"][0], "4dbd9b5a", None),
    ],
    "cursor": "5-1893499200000",
}
