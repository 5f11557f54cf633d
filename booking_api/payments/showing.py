"""Payments as they are shown. Pure."""

from typing import Any

from . import rules
from .model import Payment

MISSING: dict[str, Any] = {"expires_at": None, "failure": None, "late": False, "method": None, "reference": None}


def shown(payment: Payment) -> dict[str, Any]:
    """Return a payment with all that is shown of it."""
    return MISSING | payment | {"status": rules.shown_status(payment["status"])}
