"""What the documentation shows of reports: those of the event that Carl has booked twice."""

from typing import Any

from ..accounts.examples import RENAMED
from ..bookings.examples import BOOKING, CONFIRMED
from ..events.examples import CHANGED
from .rows import COLUMNS


def _lines(bookings: list[dict[str, Any]]) -> list[str]:
    lines = [",".join(COLUMNS)]
    for booking in bookings:
        (item,) = booking["items"]
        lines += [
            f"{booking['id']},{ticket['id']},,{ticket['status']},,,{RENAMED['name']},{RENAMED['email']},"
            f"{item['price']},{booking['currency']},{booking['created_at']},"
            for ticket in booking["tickets"]
        ]
    return lines


ATTENDEES = "".join(f"{line}\r\n" for line in _lines([BOOKING, CONFIRMED]))
WORKBOOK = "PK\x03\x04 and so on: a workbook with one sheet, for Excel, LibreOffice or Numbers."
_STOCK: dict[str, Any] = {
    "total": CHANGED["total_tickets"],
    "sold": 3,
    "held": 0,
    "available": CHANGED["available_tickets"],
}
STATS: dict[str, Any] = {
    **_STOCK,
    "cancelled": 0,
    "waiting": 0,
    "offered": 0,
    "checked_in": 0,
    "revenue": 0,
    "refunded": 0,
    "by_ticket_type": [{"ticket_type_id": None, "name": None, **_STOCK, "revenue": 0}],
    "by_day": [{"date": "2030-01-01", "sold": 3, "revenue": 0}],
}
