"""The numbers of an event, out of its stock and the sums of its bookings. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from ..bookings.model import Sum
from ..bookings.rules import CANCELLED, CONFIRMED, HELD
from ..events.model import Event


def stats_of(event: Event, sums: Sequence[Sum], waitlist: Mapping[str, int]) -> dict[str, Any]:
    """Return the numbers of an event, with the tickets of its waiting list by status.

    All must be from the same snapshot, so that they add up.
    """
    tickets: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for row in sums:
        tickets[row["status"]] += row["tickets"]
        amounts[row["status"]] += row["amount"]
    return {
        "total": event["total_tickets"],
        "sold": tickets[CONFIRMED],
        "held": tickets[HELD],
        "available": event["available_tickets"],
        "cancelled": tickets[CANCELLED] + sum(row["cancelled_apart"] for row in sums),
        "waiting": waitlist.get("waiting", 0),
        "offered": waitlist.get("offered", 0),
        "checked_in": sum(row["checked_in"] for row in sums),
        "revenue": amounts[CONFIRMED],
        "refunded": sum(row["refunded"] for row in sums),
        "by_ticket_type": _by_ticket_type(event, sums),
        "by_day": _by_day(sums),
    }


def _by_ticket_type(event: Event, sums: Sequence[Sum]) -> list[dict[str, Any]]:
    tickets: Counter[tuple[str, ObjectId | None]] = Counter()
    values: Counter[ObjectId | None] = Counter()
    for row in sums:
        tickets[row["status"], row["ticket_type_id"]] += row["tickets"]
        if row["status"] == CONFIRMED:
            values[row["ticket_type_id"]] += row["value"]
    stocks: list[tuple[ObjectId | None, str | None, int, int]] = [
        (each["_id"], each["name"], each["total"], each["available"]) for each in event["ticket_types"]
    ]
    return [
        {
            "ticket_type_id": type_id,
            "name": name,
            "total": total,
            "sold": tickets[CONFIRMED, type_id],
            "held": tickets[HELD, type_id],
            "available": available,
            "revenue": values[type_id],
        }
        for type_id, name, total, available in stocks
        or [(None, None, event["total_tickets"], event["available_tickets"])]
    ]


def _by_day(sums: Sequence[Sum]) -> list[dict[str, Any]]:
    days: dict[str, dict[str, Any]] = {}
    for row in sums:
        if row["day"] is not None:
            day = days.setdefault(row["day"], {"date": row["day"], "sold": 0, "revenue": 0})
            day["sold"] += row["tickets"]
            day["revenue"] += row["amount"]
    return [days[date] for date in sorted(days)]
