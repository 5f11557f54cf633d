"""Amounts as Stripe counts them, which for some currencies is not as ISO 4217 does. Exact both ways, or refused.

From https://docs.stripe.com/currencies, *Minor units in API amounts*: most currencies are counted in ISO's minor units.
- MGA, which by ISO has two digits, is counted in whole ariary.
- ISK and UGX, which by ISO have none, are counted with two, both 0.
- BHD, JOD, KWD, OMR and TND have three, the last of which must be 0.
- IQD and LYD, which have three too, are not supported.
"""

from ...money import digits_of
from .port import AMOUNT_NOT_EXPRESSIBLE, CURRENCY_NOT_SUPPORTED, ProviderRefused

STRIPE_DIGITS = {"MGA": 0, "ISK": 2, "UGX": 2}
MUST_END_IN_ZERO = {"BHD", "JOD", "KWD", "OMR", "TND"}
NOT_SUPPORTED = {"IQD", "LYD"}


def to_stripe(amount: int, currency: str) -> int:
    """Return an amount in Stripe's units. Raises `ProviderRefused` if they cannot express it."""
    if currency in NOT_SUPPORTED:
        raise ProviderRefused(CURRENCY_NOT_SUPPORTED, currency)
    if currency in MUST_END_IN_ZERO and amount % 10:
        raise ProviderRefused(AMOUNT_NOT_EXPRESSIBLE, f"{currency} {amount}: the last of its three digits must be 0")
    return _scaled(amount, STRIPE_DIGITS.get(currency, digits_of(currency)) - digits_of(currency), currency)


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in minor units. Raises `ProviderRefused` if they cannot express it."""
    return _scaled(amount, digits_of(currency) - STRIPE_DIGITS.get(currency, digits_of(currency)), currency)


def _scaled(amount: int, digits: int, currency: str) -> int:
    factor = int(10 ** abs(digits))
    if digits >= 0:
        return amount * factor
    scaled, rest = divmod(amount, factor)
    if rest:
        raise ProviderRefused(AMOUNT_NOT_EXPRESSIBLE, f"{currency} {amount} is not a whole number of units")
    return scaled
