"""How an event is paid. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from ..config import Settings
from ..errors import ValidationFailed
from .rules import EventHasBookings

NONE, MANUAL, STRIPE = MODES = ("none", "manual", "stripe")
DUE_HOURS = 72


def modes_offered(settings: Settings) -> Collection[str]:
    """Return how events of this service can be paid: by card only if it has an account for that."""
    return MODES if settings.stripe_secret_key else (NONE, MANUAL)


def mode_of(event: Mapping[str, Any]) -> str:
    """Return how bookings of an event are paid: not here, by hand, or by card."""
    mode: str = event.get("payment") or NONE
    return mode


def due_hours(event: Mapping[str, Any]) -> int | None:
    """Return within how many hours a booking has to be paid by hand; None if it is not."""
    if mode_of(event) != MANUAL:
        return None
    hours: int = event.get("payment_due_hours") or DUE_HOURS
    return hours


def refunds_on_cancel(event: Mapping[str, Any]) -> bool:
    """Return whether customers who cancel get their money back."""
    return bool(event.get("refund_on_cancel", True))


def require_payment(changes: Mapping[str, Any], event: Mapping[str, Any], offered: Collection[str]) -> None:
    """Raise `ValidationFailed` for a mode that this service does not offer, `EventHasBookings` for another than before.

    Once tickets were booked, the mode is what their customers agreed to.
    """
    mode = changes.get("payment", mode_of(event))
    if mode == mode_of(event) and event:
        return
    if mode not in offered:
        raise ValidationFailed({"payment": ["This service takes no cards: it has no account with Stripe."]})
    if event and event["ever_booked"]:
        raise EventHasBookings("Tickets were booked, so how they are paid cannot change.")
