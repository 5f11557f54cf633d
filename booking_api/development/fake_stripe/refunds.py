"""Refunds, which never exceed what was paid: https://docs.stripe.com/api/refunds."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from .cards import CARDS
from .errors import INVALID, Refusal, invalid, unexpected_state
from .events import Events
from .forms import Params, integer, metadata, require_known, required, text
from .state import Document, State, new_id

CREATE = {"amount", "expand", "metadata", "payment_intent", "reason"}
LIST = {"expand", "limit", "payment_intent", "starting_after"}
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
MOST_LISTED = 100
NOT_BACK = ("failed", "canceled")  # refunds in these states have given nothing back
# Fields that Stripe shows and that are never used here.
ABSENT = """balance_transaction customer customer_account description failure_balance_transaction failure_reason
instructions_email next_action pending_reason presentment_details receipt_number source_transfer_reversal
transfer_reversal"""


class Refunds:
    """What Stripe does with refunds; each method returns copies."""

    def __init__(self, state: State, events: Events):
        self._state = state
        self._events = events

    def create(self, params: Params) -> Document:
        """Give back a part of a payment, or what is left of it. Raises `Refusal`."""
        require_known(params, CREATE)
        intent_id, amount, reason = (
            required(params, "payment_intent"),
            integer(params, "amount"),
            text(params, "reason"),
        )
        if reason is not None and reason not in REASONS:
            raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
        with self._state.lock:
            intent = self._state.intent(intent_id)
            if intent["status"] != "succeeded":
                message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
                raise unexpected_state(message, intent)
            refund = self._new(intent, self._allowed(intent, amount), params)
            self._state.keep_refund(refund)
            self._events.emit("refund.created", refund)
            return self._shown(refund, params.get("expand"))

    def fetch(self, refund_id: str, params: Params) -> Document:
        """Return a refund. Raises `Refusal`."""
        require_known(params, {"expand"})
        with self._state.lock:
            return self._shown(self._state.refund(refund_id), params.get("expand"))

    def list(self, params: Params) -> Document:
        """Return a page of refunds, the newest first. Raises `Refusal`."""
        require_known(params, LIST)
        limit, intent_id, after = (
            integer(params, "limit") or 10,
            text(params, "payment_intent"),
            params.get("starting_after"),
        )
        if limit > MOST_LISTED:
            raise invalid(f"Invalid limit: at most {MOST_LISTED}", "limit", "parameter_invalid_integer")
        expand = [name.removeprefix("data.") for name in params.get("expand") or []]
        with self._state.lock:
            kept = self._state.refunds.values() if intent_id is None else self._state.refunds_of(intent_id)
            found = list(reversed(kept))
            if after is not None:
                ids = [refund["id"] for refund in found]
                if after not in ids:
                    raise Refusal(404, INVALID, "No such refund", code="resource_missing", param="starting_after")
                found = found[ids.index(after) + 1 :]
            data = [self._shown(refund, expand) for refund in found[:limit]]
            return {"object": "list", "data": data, "has_more": len(found) > limit, "url": "/v1/refunds"}

    def finish(self, refund_id: str, *, succeeded: bool) -> Document:
        """Have the bank answer for a refund that is pending, or send back one that had succeeded. Raises `Refusal`."""
        with self._state.lock:
            refund = self._state.refund(refund_id)
            if refund["status"] not in (("pending",) if succeeded else ("pending", "succeeded")):
                raise invalid(f"The refund is {refund['status']} already.")
            if succeeded:
                refund |= {"status": "succeeded", "pending_reason": None}
            else:
                refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card", "pending_reason": None}
            self._events.emit("refund.updated", refund)
            if not succeeded:
                self._events.emit("refund.failed", refund)
            return deepcopy(refund)

    def _allowed(self, intent: Document, amount: int | None) -> int:
        left = intent["amount_received"] - sum(
            refund["amount"] for refund in self._state.refunds_of(intent["id"]) if refund["status"] not in NOT_BACK
        )
        if not left:
            message = f"Charge {intent['latest_charge']} has already been refunded."
            raise Refusal(400, INVALID, message, kept=True, code="charge_already_refunded")
        if amount is not None and amount > left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise Refusal(400, INVALID, message, kept=True, param="amount")
        return left if amount is None else amount

    def _new(self, intent: Document, amount: int, params: Params) -> Document:
        card = CARDS[self._state.attached[intent["id"]][0]]
        return dict.fromkeys(ABSENT.split()) | {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": intent["latest_charge"],
            "created": self._state.now(),
            "currency": intent["currency"],
            "destination_details": {"card": {"type": "pending"}, "type": "card"},
            "metadata": metadata(params),
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "pending_reason": "processing" if card.refund == "pending" else None,
            "reason": text(params, "reason"),
            "status": card.refund,
        }

    def _shown(self, refund: Document, expand: Iterable[Any] | None) -> Document:
        shown = deepcopy(refund)
        for name in expand or []:
            if name != "payment_intent":
                raise invalid(f"This property cannot be expanded ({name}).", "expand")
            shown["payment_intent"] = deepcopy(self._state.intent(refund["payment_intent"]))
        return shown
