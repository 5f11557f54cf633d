"""What a booking shows of its money, and how a promo code is written."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from ..http.fields import Choice, Representation, Text
from ..money import MINOR_UNITS
from . import payment, pricing

LONGEST_CODE = 64
A_CODE = "A promo code of the event. Capitals do not matter."
DISCOUNT = "The promo code that it was made with, and what it took off the price; null without one."
PAYMENT = (
    "`due`: it costs something, and nobody has begun to pay. `pending`: an attempt to pay is open; `failed`: it was "
    "declined, and can be repeated. Of what was `paid`, some may be `refunded`; `owed`, which is to go back and has "
    "not gone yet; or `retained` after a cancel. The rest is the `amount` of the booking, which a refund lowers."
)


def promo_code(**options: Any) -> Text:
    """Return the field for a promo code that somebody enters."""
    return Text(least=1, most=LONGEST_CODE, allow_none=True, metadata={"description": A_CODE}, **options)


class BookingDiscount(Representation):
    """What a promo code took off the price."""

    code = fields.String()
    amount = fields.Integer(metadata={"description": MINOR_UNITS})


class BookingPayment(Representation):
    """The money of a booking."""

    status = Choice("PaymentStatus", payment.STATUSES)
    paid = fields.Integer(metadata={"description": MINOR_UNITS})
    refunded = fields.Integer()
    owed = fields.Integer()
    retained = fields.Integer()


class Discount(fields.Nested):
    """The discount of a booking; null if it was made without a code."""

    def __init__(self) -> None:
        super().__init__(BookingDiscount, allow_none=True, metadata={"description": DISCOUNT})

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> dict[str, Any] | None:
        """Return the code and the sum of what it took off the prices of all tickets."""
        code: Mapping[str, Any] | None = obj.get("promo")
        return None if code is None else {"code": code["code"], "amount": pricing.discount(obj["items"])}


class Payment(fields.Nested):
    """The money of a booking, whatever its event asks for."""

    def __init__(self) -> None:
        super().__init__(BookingPayment, metadata={"description": PAYMENT})

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Return it as `payment.shown` has it."""
        return payment.shown(obj)
