"""What the documentation shows of bookings: Carl's three."""

from typing import Any

from ..accounts.examples import RENAMED
from ..events.examples import CHANGES, EVENT, EVENT_WITH_TYPES, calendar_of

STALLS = EVENT_WITH_TYPES["ticket_types"][0]
ORDER = {"event_id": EVENT["id"], "quantity": 2}
ORDER_OF_ITEMS = {
    "event_id": EVENT_WITH_TYPES["id"],
    "items": [{"ticket_type_id": STALLS["id"], "quantity": 1, "attendees": [{"name": "Cora"}]}],
}
HOLD = {"event_id": EVENT["id"], "quantity": 1, "hold": True}
CODES = ("Jm3kQv8sTn2YwB5xRz7cLg", "Hd9pFk4uVe6XqN1aMs3tWy", "Cb7rGj2zLo8KiU5nPx4vQe", "Aw6yTf3hSm9DuI1kBz7cRv")


def _event_of(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("title", "date", "end_date", "timezone", "venue", "status")}


def _ticket(number: int, ticket_type: str | None, status: str) -> dict[str, Any]:
    return {
        "id": f"6650f0c0ffee0000000000c{number}",
        "code": CODES[number - 1],
        "ticket_type": ticket_type,
        "status": status,
        "attendee_name": None,
        "attendee_email": None,
        "checked_in_at": None,
        "url": f"https://api.example.com/t/{CODES[number - 1]}",
    }


BOOKING: dict[str, Any] = {
    "id": "da98b1ee21f8885d93f892db",
    "event_id": EVENT["id"],
    "event": _event_of(EVENT),
    "quantity": 2,
    "items": [{"ticket_type_id": None, "name": None, "quantity": 2, "price": 0}],
    "status": "confirmed",
    "amount": 0,
    "currency": "EUR",
    "discount": None,
    "payment": {"status": "none", "paid": 0, "refunded": 0, "owed": 0, "retained": 0},
    "tickets": [_ticket(1, None, "valid"), _ticket(2, None, "valid")],
    "confirmation": {"status": "pending", "sent_at": None},
    "hold_expires_at": None,
    "cancellable_until": EVENT["date"],
    "cancelled_at": None,
    "created_at": "2030-01-01T12:00:00Z",
}
BOOKING_OF_ITEMS = BOOKING | {
    "id": "6b600be30df01653d401e85c",
    "event_id": EVENT_WITH_TYPES["id"],
    "event": _event_of(EVENT_WITH_TYPES),
    "quantity": 1,
    "items": [{"ticket_type_id": STALLS["id"], "name": STALLS["name"], "quantity": 1, "price": STALLS["price"]}],
    "status": "held",
    "amount": STALLS["price"],
    "payment": BOOKING["payment"] | {"status": "due"},
    "hold_expires_at": "2030-01-04T12:00:00Z",
    "cancellable_until": "2030-01-04T12:00:00Z",
    "tickets": [_ticket(3, STALLS["name"], "held") | {"attendee_name": "Cora"}],
}
HELD: dict[str, Any] = BOOKING | {
    "id": "1d18dd89c9fe399f6e06b519",
    "quantity": 1,
    "items": [{"ticket_type_id": None, "name": None, "quantity": 1, "price": 0}],
    "status": "held",
    "tickets": [_ticket(4, None, "held")],
    "hold_expires_at": "2030-01-01T12:15:00Z",
    "cancellable_until": "2030-01-01T12:15:00Z",
}


def _each(plain: dict[str, Any], items: dict[str, Any], hold: dict[str, Any]) -> dict[str, Any]:
    return {
        "quantity": {"summary": "So many tickets", "value": plain},
        "items": {"summary": "So many of each ticket type", "value": items},
        "hold": {"summary": "Hold, and confirm later", "value": hold},
    }


ORDERS = _each(ORDER, ORDER_OF_ITEMS, HOLD)
BOOKINGS = _each(BOOKING, BOOKING_OF_ITEMS, HELD)
CONFIRMED = HELD | {
    "status": "confirmed",
    "tickets": [HELD["tickets"][0] | {"status": "valid"}],
    "hold_expires_at": None,
    "cancellable_until": EVENT["date"],
}
OWN_BOOKINGS = {"items": [CONFIRMED, BOOKING_OF_ITEMS, BOOKING], "next_cursor": None}
GIVEN_UP, KEPT = BOOKING["tickets"]
CANCELLED_IN_PART = BOOKING | {
    "quantity": 1,
    "items": [BOOKING["items"][0] | {"quantity": 1}],
    "tickets": [GIVEN_UP | {"status": "cancelled"}, KEPT],
    "event": BOOKING["event"] | {"venue": CHANGES["venue"]},
}
CANCELLED = CANCELLED_IN_PART | {
    "status": "cancelled",
    "tickets": [ticket | {"status": "cancelled"} for ticket in BOOKING["tickets"]],
    "cancellable_until": None,
    "cancelled_at": "2030-01-01T12:00:00Z",
}


NAMES = {"attendee_name": "Cora Customer", "attendee_email": "cora@example.com"}
NAMED = BOOKING_OF_ITEMS["tickets"][0] | NAMES

TRANSFER = {"name": "Dora", "email": "dora@example.com"}
GIVEN = {"attendee_name": "Dora", "attendee_email": "dora@example.com", "code": None, "url": None}
TRANSFERRED = NAMED | GIVEN | {"status": "valid"}  # it was paid since


def _cancels(some: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    return {
        "tickets": {"summary": "Some tickets", "value": some},
        "all": {"summary": "The whole booking", "value": rest},
    }


CANCEL_BODIES = _cancels({"ticket_ids": [GIVEN_UP["id"]]}, {})
CANCELLED_BOOKINGS = _cancels(CANCELLED_IN_PART, CANCELLED)


def _shown_to_organizer(booking: dict[str, Any]) -> dict[str, Any]:
    hidden = ("code", "url")
    tickets = [{name: value for name, value in ticket.items() if name not in hidden} for ticket in booking["tickets"]]
    return booking | {"tickets": tickets, "customer": {"name": RENAMED["name"], "email": RENAMED["email"]}}


ATTENDEE = _shown_to_organizer(BOOKING)
ATTENDEES = {"items": [_shown_to_organizer(CONFIRMED), ATTENDEE], "next_cursor": None}
STAFF_CANCELLATION = {"reason": "You have booked twice."}
CANCELLED_BY_STAFF = _shown_to_organizer(
    CONFIRMED
    | {
        "status": "cancelled",
        "tickets": [HELD["tickets"][0] | {"status": "cancelled"}],
        "event": CANCELLED["event"],
        "cancellable_until": None,
        "cancelled_at": "2030-01-01T12:00:00Z",
    }
)
CALENDAR_ENTRY = calendar_of(BOOKING["id"], 2)
CANCELLATION = {"reason": "The tenor has lost his voice."}
CANCELLED_EVENT = EVENT_WITH_TYPES | {"status": "cancelled", "waitlist": {"open": False, "waiting": 0}}
