"""Which amounts cards can be charged, where that is coarser than the minor unit of a currency. Pure.

Whatever an event that is paid by card charges or gives back is a multiple of its step: the prices of its tickets, what
promo codes take off, and refunds. So no part of what was paid is ever one that cannot go back.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import ValidationFailed
from .payment import STRIPE, mode_of

STEPS = dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 10) | {"MGA": 100}
NOT_BY_CARD = frozenset({"IQD", "LYD"})


def step_of(mode: str, currency: str) -> int:
    """Return of what amounts have to be multiples that are paid like this; 1 for any amount."""
    return STEPS.get(currency, 1) if mode == STRIPE else 1


def require_chargeable(changes: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Raise `ValidationFailed` if cards could not be charged what an event costs with these changes.

    What is not changed is not looked at: an older version may have let it be.
    """
    after = {**event, **changes}
    if changes.keys().isdisjoint(("payment", "currency", "ticket_types")) or mode_of(after) != STRIPE:
        return
    currency = after["currency"]
    if currency in NOT_BY_CARD:
        raise ValidationFailed({"currency": [f"Cards cannot be charged in {currency}."]})
    step = step_of(STRIPE, currency)
    for index, ticket_type in enumerate(after["ticket_types"]):
        if ticket_type.get("price", 0) % step:
            problem = f"Cards are charged in multiples of {step} in {currency}."
            raise ValidationFailed({f"ticket_types.{index}.price": [problem]})
