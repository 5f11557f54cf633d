"""The shapes of payments."""

from marshmallow import fields

from ..bookings.rules import STATUSES as BOOKING_STATUSES
from ..events.payment import MODES
from ..http.fields import Arguments, Choice, Id, Representation, Text, Timestamp, Whole
from ..http.pagination import list_schema
from ..money import MINOR_UNITS
from .rules import METHODS, STATUSES

HIGHEST_AMOUNT = 10**12
STATUS = "An attempt that was declined is still `open`: it can be tried again."
PAY_WITH = "What Stripe's library in the customer's browser pays with. It is shown here alone, and never kept."
EXPIRES = "When the tickets are let go. Until then it can be paid; null if it was recorded by hand."
AMOUNT = f"What is due, which is also the default. {MINOR_UNITS}"
LATE = "True if it came after its booking had ended, and there were no tickets any more: the money goes back."
BOOKING_STATUS = "`confirmed`, unless the payment is `late`."


class PaymentAttempt(Representation):
    """An attempt to pay over the internet."""

    id = Id(attribute="_id")
    status = Choice("PaymentAttemptStatus", STATUSES, metadata={"description": STATUS})
    client_secret = fields.String(allow_none=True, metadata={"description": PAY_WITH})
    amount = fields.Integer(metadata={"description": MINOR_UNITS})
    currency = fields.String()
    expires_at = Timestamp(allow_none=True, metadata={"description": EXPIRES})


class PaymentRead(Representation):
    """A payment, or an attempt to pay."""

    id = Id(attribute="_id")
    booking_id = Id()
    mode = Choice("EventPayment", MODES)
    status = Choice("PaymentAttemptStatus", STATUSES, metadata={"description": STATUS})
    amount = fields.Integer(metadata={"description": MINOR_UNITS})
    currency = fields.String()
    failure = fields.String(allow_none=True, metadata={"description": "Why the latest try was declined, in a word."})
    late = fields.Boolean(metadata={"description": LATE})
    method = Choice("PaymentMethodIfAny", METHODS, allow_none=True)
    reference = fields.String(allow_none=True)
    expires_at = Timestamp(allow_none=True, metadata={"description": EXPIRES})
    created_at = Timestamp()
    paid_at = Timestamp(allow_none=True)


class PaymentRecord(Arguments):
    """Money that was handed over."""

    amount = Whole(1, HIGHEST_AMOUNT, load_default=None, metadata={"description": AMOUNT})
    method = Choice("PaymentMethod", METHODS, required=True)
    reference = Text(most=200, load_default=None, allow_none=True)


class RecordedPayment(PaymentRead):
    """A payment that was just recorded."""

    booking_status = Choice("BookingStatus", BOOKING_STATUSES, metadata={"description": BOOKING_STATUS})


class MessageTaken(Representation):
    """An empty answer: the message was stored, and is followed in the background."""


PaymentList = list_schema(PaymentRead, "PaymentList")
