"""Which amounts and currencies are charged: https://docs.stripe.com/currencies, *Minimum and maximum amounts*."""

from ...money import DIGITS
from .errors import invalid

NOT_SUPPORTED = {"IQD", "LYD", "IRR", "KPW", "SYP", "CUP", "SDG"}
MUST_END_IN_ZERO = {"BHD", "JOD", "KWD", "OMR", "TND"}
MOST = 99_999_999
LEAST = {
    "AED": 200,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
    "USD": 50,
}


def require_chargeable(amount: int, currency: str) -> None:
    """Raise `Refusal` for a currency that Stripe does not know, and an amount that it does not charge."""
    code = currency.upper()
    if currency != currency.lower() or code not in DIGITS or code in NOT_SUPPORTED:
        message = f"Invalid currency: {currency[:10]}. Stripe does not support it, or it is not in lower case."
        raise invalid(message, "currency")
    if amount > MOST:
        raise invalid(f"Amount must be no more than {MOST}", "amount", "amount_too_large")
    if amount < LEAST.get(code, 1):
        raise invalid(f"Amount must be at least {LEAST[code]} {currency}", "amount", "amount_too_small")
    if code in MUST_END_IN_ZERO and amount % 10:
        raise invalid("The last digit of an amount in a three-decimal currency must be 0.", "amount")
