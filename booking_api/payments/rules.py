"""The rules for payments, and the errors of this resource. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from ..bookings import rules as booking_rules
from ..bookings.model import Booking
from ..errors import Conflict, Malformed, ValidationFailed
from ..events.model import Event
from ..events.payment import MANUAL, STRIPE, mode_of
from .model import Payment

# Of a payment; `opening` is shown as `open`: who pays cannot tell them apart.
OPENING, OPEN, PROCESSING, SUCCEEDED, CANCELLED = "opening", "open", "processing", "succeeded", "cancelled"
STATUSES = (OPEN, PROCESSING, SUCCEEDED, CANCELLED)
METHODS = ("cash", "card", "transfer", "other")
SETTLED = "settled_by_operator"  # why an attempt was closed: what had come of it was settled at the provider by hand
MOST_ATTEMPTS = 100  # of a booking: they are kept, and read whenever it is paid
TOO_MANY_ATTEMPTS = "too_many_attempts"
KEPT_FOR = timedelta(hours=1)  # a hold whose payment is on its way; then it is looked at again


class PaymentNotOnline(Conflict):
    """The event takes no payments over the internet: its `payment` is not `stripe`.

    Pay as the organizer says; with `manual` they record it.
    """

    code = "payment_not_online"
    title = "Not to be paid here"


class PaymentNotManual(Conflict):
    """Payments of this event are not recorded by hand: its `payment` is not `manual`.

    With `stripe` the customer pays at `POST /api/v1/bookings/{booking_id}/payments`.
    """

    code = "payment_not_manual"
    title = "Not to be recorded by hand"


class AlreadyPaid(Conflict):
    """Nothing is due for this booking: it was paid already, or costs nothing. Nothing was taken now.

    Read the booking: `payment` says what was paid of it, and what of that has gone back.
    """

    code = "already_paid"
    title = "Nothing is due"


class PaymentRefused(Conflict):
    """The payment provider does not take this payment, and never will; `reason` says why. The booking is as it was.

    Pay another amount, for example by booking more tickets at once if it is too small; or ask the organizer.
    """

    code = "payment_refused"
    title = "The payment provider refuses"
    example = {"detail": "The payment provider refuses this payment: amount_too_small.", "reason": "amount_too_small"}


class InvalidWebhook(Malformed):
    """This message does not come from the payment provider, is too old, or is not meant for this service.

    Look at the secret of the endpoint in the provider's dashboard, and at the clock of this service.
    """

    code = "invalid_webhook"
    title = "Not a message of the provider"


def shown_status(status: str) -> str:
    """Return the status of a payment as it is shown."""
    return OPEN if status == OPENING else status


def require_payable(booking: Booking, event: Event, now: datetime) -> None:
    """Raise unless a booking can be paid over the internet now.

    Raises `PaymentNotOnline`, `AlreadyPaid`, `EventCancelled`, `BookingCancelled`, `HoldExpired` and `EventPast`.
    """
    if mode_of(event) != STRIPE:
        raise PaymentNotOnline
    require_unpaid(booking)
    booking_rules.require_confirmable(booking, event, now)


def require_recordable(booking: Booking, event: Event, amount: int | None) -> None:
    """Raise unless so much was due for a booking, and is paid by hand; without an amount it is whatever is due.

    Raises `PaymentNotManual`, `AlreadyPaid` and `ValidationFailed`.
    """
    if mode_of(event) != MANUAL:
        raise PaymentNotManual
    require_unpaid(booking)
    due = booking["amount"]
    if amount is not None and amount != due:
        raise ValidationFailed({"amount": [f"Must be what is due: {due}, in the minor unit of {booking['currency']}."]})


def require_few_attempts(attempts: int) -> None:
    """Raise `PaymentRefused` if so many attempts to pay a booking came to nothing that there is no other."""
    if attempts >= MOST_ATTEMPTS:
        detail = f"{attempts} attempts to pay this booking came to nothing: book again."
        raise PaymentRefused(detail, reason=TOO_MANY_ATTEMPTS)


def require_unpaid(booking: Booking) -> None:
    """Raise `AlreadyPaid` if nothing is due for a booking."""
    money = booking.get("payment")
    if money is None or money["paid"]:
        raise AlreadyPaid


def new_payment(booking: Booking, payment_id: ObjectId, now: datetime, mode: str, **fields: Any) -> Payment:
    """Return a payment of all that a booking costs, which is open; `fields` are those that it has besides."""
    payment: Payment = {
        "_id": payment_id,
        "booking_id": booking["_id"],
        "event_id": booking["event_id"],
        "customer_id": booking["customer_id"],
        "mode": mode,
        "status": OPENING,
        "open": True,
        "amount": booking["amount"],
        "currency": booking["currency"],
        "refunded": 0,
        "created_at": now,
        "paid_at": None,
    }
    payment.update(fields)  # type: ignore[typeddict-item]
    return payment


def without_attempt(booking: Booking, payment_id: ObjectId) -> dict[str, Any]:
    """Return the money of a booking without this attempt to pay, and without what has become of it."""
    money: Mapping[str, Any] = booking["payment"]
    if money.get("attempt") != payment_id:
        return dict(money)
    return {name: value for name, value in money.items() if name not in ("attempt", "state")}
