"""Errors as Stripe sends them: https://docs.stripe.com/api/errors."""

from typing import Any

INVALID, CARD, IDEMPOTENCY, API = "invalid_request_error", "card_error", "idempotency_error", "api_error"
UNEXPECTED_STATE = "payment_intent_unexpected_state"


class Refusal(Exception):
    """An answer that is an error: its status and what stands under `error`.

    With `kept` an idempotency key remembers it: it came of the state of things, and not of the parameters alone.
    """

    def __init__(self, status: int, kind: str, message: str, *, kept: bool = False, **members: Any):
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.members = {"type": kind, "message": message} | {
            name: value for name, value in members.items() if value is not None
        }

    @property
    def answer(self) -> dict[str, Any]:
        """The body."""
        return {"error": self.members}


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """Return the refusal of a parameter."""
    return Refusal(400, INVALID, message, param=param, code=code)


def unexpected_state(message: str, intent: dict[str, Any]) -> Refusal:
    """Return the refusal of what a PaymentIntent in its state does not allow."""
    return Refusal(400, INVALID, message, kept=True, code=UNEXPECTED_STATE, payment_intent=dict(intent))
