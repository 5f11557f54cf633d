"""The test cards, most of them Stripe's own: https://docs.stripe.com/testing."""

from dataclasses import dataclass
from typing import Any

from .errors import INVALID, Refusal
from .state import new_id

SUCCEEDED, PROCESSING, REQUIRES_ACTION, DECLINED = "succeeded", "processing", "requires_action", "declined"


@dataclass(frozen=True)
class Card:
    """What happens when a card is charged, and when that is refunded."""

    outcome: str = SUCCEEDED
    code: str | None = None  # of a decline
    decline_code: str | None = None
    message: str = ""
    refund: str = SUCCEEDED  # or pending, until it is told how it ends
    last4: str = "4242"


USUAL = "pm_card_visa"
CARDS = {
    USUAL: Card(),
    "pm_card_visa_chargeDeclined": Card(
        DECLINED, "card_declined", "generic_decline", "Your card was declined.", last4="0002"
    ),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Card(
        DECLINED, "card_declined", "insufficient_funds", "Your card has insufficient funds.", last4="9995"
    ),
    "pm_card_chargeDeclinedExpiredCard": Card(DECLINED, "expired_card", None, "Your card has expired.", last4="0069"),
    "pm_card_authenticationRequired": Card(REQUIRES_ACTION, last4="3184"),  # the customer's bank asks them
    "pm_card_pendingRefund": Card(refund="pending", last4="7726"),
    "pm_card_refundFail": Card(last4="5126"),  # its refund succeeds, and can be told to fail after all
    "pm_card_fake_processing": Card(PROCESSING, last4="0000"),  # ours: the bank does not answer until it is told to
}


def card_of(name: str) -> Card:
    """Return a test card. Raises `Refusal`."""
    if name not in CARDS:
        message = f"No such PaymentMethod: '{name[:100]}'"
        raise Refusal(400, INVALID, message, code="resource_missing", param="payment_method")
    return CARDS[name]


def payment_method(card: Card, now: int) -> dict[str, Any]:
    """Return a new PaymentMethod of a card, as Stripe shows it."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": address, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": "visa",
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": "visa",
            "exp_month": 12,
            "exp_year": 2050,
            "fingerprint": None,
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": ["visa"], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
