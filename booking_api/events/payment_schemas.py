"""What an event says of how it is paid."""

from typing import Any

from ..http.fields import Choice, JsonFlag, Whole
from .payment import DUE_HOURS, MODES

PAYMENT = (
    "How tickets are paid: with `none` not here, and bookings are confirmed at once; with `manual` to the organizer, "
    "who records it; with `stripe` by card. What has to be paid is held until it is. Frozen once tickets were booked."
)
HOURS = "Within how many hours a `manual` payment is due; at most until the event."
REFUND = "Whether customers who cancel get their money back. When others cancel, they always do."
LONGEST_HOURS = 90 * 24


def mode(**options: Any) -> Choice:
    """Return the field for how an event is paid."""
    return Choice("EventPayment", MODES, metadata={"description": PAYMENT}, **options)


def hours(**options: Any) -> Whole:
    """Return the field for how long it may take to pay by hand."""
    return Whole(1, LONGEST_HOURS, metadata={"description": HOURS, "default": DUE_HOURS}, **options)


def refund(**options: Any) -> JsonFlag:
    """Return the field for whether cancelling customers get their money back."""
    return JsonFlag(metadata={"description": REFUND}, **options)
