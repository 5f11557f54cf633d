"""What the messages say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

CONFIRMATION_LINE = "Booking confirmation email sent to {to}"
NOTICE_LINE = "Event update notification sent to {to}"


@dataclass(frozen=True)
class Message:
    """One mail to one person. `line` is what the console says of it; `message_id` is the same at every attempt."""

    to: str
    subject: str
    text: str
    line: str
    message_id: str


def confirmation(booking: dict, customer: dict, message_id: str) -> Message:
    """The confirmation of a booking."""
    event = booking["event"]
    text = (
        f"Hello {customer['name']},\n\n"
        f"you have {_tickets(booking['quantity'])} for {event['title']}\n"
        f"on {_when(event['date'], event['timezone'])}{_where(event)}.\n\n"
        f"Your booking's number is {booking['_id']}.\n"
    )
    line = CONFIRMATION_LINE.format(to=customer["email"])
    return Message(customer["email"], f"Your tickets for {event['title']}", text, line, message_id)


def change_notice(event: dict, customer: dict, message_id: str) -> Message:
    """The notice that an event is not what the guest was told before."""
    text = (
        f"Hello {customer['name']},\n\n"
        f"an event that you have booked has changed. It is now:\n\n"
        f"{event['title']}\n{_when(event['date'], event['timezone'])}{_where(event)}\n"
    )
    line = NOTICE_LINE.format(to=customer["email"])
    return Message(customer["email"], f"Changed: {event['title']}", text, line, message_id)


def cancellation_notice(event: dict, customer: dict, message_id: str) -> Message:
    """The notice that an event will not take place."""
    reason = f"\n\nThe organizer says: {event['cancel_reason']}" if event.get("cancel_reason") else ""
    text = (
        f"Hello {customer['name']},\n\n"
        f"{event['title']} on {_when(event['date'], event['timezone'])} was cancelled, "
        f"and your booking with it.{reason}\n"
    )
    line = NOTICE_LINE.format(to=customer["email"])
    return Message(customer["email"], f"Cancelled: {event['title']}", text, line, message_id)


def _tickets(quantity: int) -> str:
    return "1 ticket" if quantity == 1 else f"{quantity} tickets"


def _when(date: datetime, timezone: str) -> str:
    return f"{date.astimezone(ZoneInfo(timezone)):%A, %d %B %Y, %H:%M} ({timezone})"


def _where(event: dict[str, Any]) -> str:
    return f", {event['venue']}" if event["venue"] else ""
