"""Payments as they are shown. Pure."""

from collections.abc import Sequence
from typing import Any

from . import rules
from .model import Payment

MOST_SHOWN = 100  # of one booking, which hardly has more than two
MISSING: dict[str, Any] = {"expires_at": None, "failure": None, "late": False, "method": None, "reference": None}


def shown(payment: Payment) -> dict[str, Any]:
    """Return a payment with all that is shown of it."""
    return MISSING | payment | {"status": rules.shown_status(payment["status"])}


def latest(payments: Sequence[Payment]) -> list[dict[str, Any]]:
    """Return the latest of a booking's payments, the newest first."""
    return [shown(payment) for payment in sorted(payments, key=_made, reverse=True)[:MOST_SHOWN]]


def _made(payment: Payment) -> tuple[Any, Any]:
    return payment["created_at"], payment["_id"]
