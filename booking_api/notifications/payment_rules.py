"""What is true of money when its mail is written, and which mails are needed. Pure."""

from datetime import datetime

from ..bookings.model import Booking
from ..bookings.payment import due
from ..bookings.rules import CONFIRMED, EXPIRED, HELD, is_over
from ..events.model import Event
from ..events.payment import MANUAL, STRIPE
from ..events.rules import PUBLISHED
from ..payments.model import Refund
from ..payments.providers.port import SUCCEEDED

TOO_LATE, WAS_CANCELLED, TWICE = "too_late", "was_cancelled", "twice"


def is_due(booking: Booking, event: Event, now: datetime) -> bool:
    """Return whether somebody has to be told until when to hand over money.

    Who was offered the booking by the waiting list has read that in the offer.
    """
    payment = booking.get("payment")
    if payment is None or payment["mode"] != MANUAL or "waitlist_entry_id" in booking:
        return False
    can_pay = booking["status"] == HELD and not is_over(booking, now) and event["status"] == PUBLISHED
    return can_pay and due(booking) > 0


def why_back(booking: Booking) -> str:
    """Return why the money of a payment goes back: its booking had run out, was cancelled, or was paid already."""
    return {EXPIRED: TOO_LATE, CONFIRMED: TWICE}.get(booking["status"], WAS_CANCELLED)


def is_news(refund: Refund) -> bool:
    """Return whether somebody has to be told that money has gone back.

    Who paid too late by card has read that it goes back by itself. Where an organizer hands it back they have read only
    that it is owed to them.
    """
    return refund["status"] == SUCCEEDED and not (refund["mode"] == STRIPE and refund.get("late", False))
