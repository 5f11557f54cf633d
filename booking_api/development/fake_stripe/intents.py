"""PaymentIntents and what may happen to them: https://docs.stripe.com/payments/paymentintents/lifecycle."""

import secrets
from copy import deepcopy

from . import cards
from .amounts import require_chargeable
from .errors import CARD, Refusal, invalid, unexpected_state
from .events import Events
from .forms import Params, integer, metadata, require_known, required, text
from .state import Document, State, new_id

CREATE = {
    "allowed_payment_method_types",
    "amount",
    "confirm",
    "currency",
    "description",
    "expand",
    "metadata",
    "payment_method",
    "receipt_email",
}
CONFIRM = {"client_secret", "expand", "payment_method", "return_url", "use_stripe_sdk", "key"}
CANCEL = {"cancellation_reason", "expand"}
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
# Fields that Stripe shows and that are never used here.
ABSENT = """amount_details application application_fee_amount automatic_payment_methods customer customer_account
excluded_payment_method_types next_action on_behalf_of payment_method payment_method_configuration_details
payment_method_options processing review setup_future_usage shipping source statement_descriptor
statement_descriptor_suffix transfer_data transfer_group last_payment_error latest_charge canceled_at
cancellation_reason"""


class Intents:
    """What Stripe does with a PaymentIntent; each method returns a copy."""

    def __init__(self, state: State, events: Events):
        self._state = state
        self._events = events

    def create(self, params: Params) -> Document:
        """Make a PaymentIntent, and charge it at once with `confirm`. Raises `Refusal`."""
        if "payment_method_types" in params:
            message = "payment_method_types is no longer supported: use allowed_payment_method_types."
            raise invalid(message, "payment_method_types", "payment_method_types_no_longer_supported")
        require_known(params, CREATE)
        required(params, "amount")
        amount, currency = integer(params, "amount") or 0, required(params, "currency")
        require_chargeable(amount, currency)
        allowed = params.get("allowed_payment_method_types")
        if allowed != ["card"]:
            raise invalid("The fake charges cards only.", "allowed_payment_method_types")
        with self._state.lock:
            intent = self._new(amount, currency, params)
            self._state.keep(self._state.intents, intent)
            self._events.emit("payment_intent.created", intent)
            if text(params, "payment_method"):
                self._attach(intent, required(params, "payment_method"))
            if text(params, "confirm") == "true":
                self._charge(intent)
            return deepcopy(intent)

    def fetch(self, intent_id: str) -> Document:
        """Return a PaymentIntent. Raises `Refusal`."""
        with self._state.lock:
            return deepcopy(self._state.intent(intent_id))

    def all(self) -> list[Document]:
        """Return every PaymentIntent, the newest first."""
        with self._state.lock:
            return deepcopy(list(reversed(self._state.intents.values())))

    def confirm(self, intent_id: str, params: Params) -> Document:
        """Charge the customer's card, as their browser asks. Raises `Refusal`, for a declined card too."""
        require_known(params, CONFIRM)
        with self._state.lock:
            intent = self._state.intent(intent_id)
            if intent["status"] not in OPEN:
                raise unexpected_state(
                    f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.", intent
                )
            card = text(params, "payment_method")
            if card:
                self._attach(intent, card)
            self._charge(intent)
            return deepcopy(intent)

    def cancel(self, intent_id: str, params: Params) -> Document:
        """Cancel a PaymentIntent that nobody has paid. Raises `Refusal`."""
        require_known(params, CANCEL)
        reason = text(params, "cancellation_reason")
        if reason is not None and reason not in REASONS:
            raise invalid(f"Invalid cancellation_reason: must be one of {', '.join(REASONS)}", "cancellation_reason")
        with self._state.lock:
            intent = self._state.intent(intent_id)
            if intent_id in self._state.succeeding and intent["status"] in OPEN:
                self._state.succeeding.discard(intent_id)
                if intent_id not in self._state.attached:
                    self._attach(intent, cards.USUAL)
                self._succeed(intent)
            if intent["status"] not in OPEN:
                raise unexpected_state(
                    f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
                    "PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "
                    "requires_capture, requires_confirmation, requires_action, processing.",
                    intent,
                )
            intent |= {
                "status": "canceled",
                "canceled_at": self._state.now(),
                "cancellation_reason": reason,
                "next_action": None,
            }
            self._events.emit("payment_intent.canceled", intent)
            return deepcopy(intent)

    def finish(self, intent_id: str, *, succeeded: bool) -> Document:
        """Have the bank answer for a payment that is processing or waits for its customer. Raises `Refusal`."""
        with self._state.lock:
            intent = self._state.intent(intent_id)
            if intent["status"] not in ("processing", "requires_action"):
                raise unexpected_state(f"It is {intent['status']}: nothing is to be finished.", intent)
            if succeeded:
                self._succeed(intent)
            elif intent["status"] == "processing":
                declined = cards.CARDS["pm_card_visa_chargeDeclined"]
                self._fail(intent, declined.code, declined.decline_code, declined.message, new_id("ch"))
            else:
                self._fail(intent, "payment_intent_authentication_failure", None, "Authentication failed.", None)
            return deepcopy(intent)

    def succeed_on_cancel(self, intent_id: str) -> Document:
        """Have the customer pay in the moment in which somebody cancels. Raises `Refusal`."""
        with self._state.lock:
            intent = self._state.intent(intent_id)
            self._state.succeeding.add(intent_id)
            return deepcopy(intent)

    def _new(self, amount: int, currency: str, params: Params) -> Document:
        intent_id = new_id("pi")
        return dict.fromkeys(ABSENT.split()) | {
            "id": intent_id,
            "object": "payment_intent",
            "allowed_payment_method_types": ["card"],
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
            "confirmation_method": "automatic",
            "created": self._state.now(),
            "currency": currency,
            "description": text(params, "description"),
            "livemode": False,
            "metadata": metadata(params),
            "payment_method_types": ["card"],
            "receipt_email": text(params, "receipt_email"),
            "status": "requires_payment_method",
        }

    def _attach(self, intent: Document, name: str) -> None:
        card = cards.card_of(name)
        method = cards.payment_method(card, self._state.now())
        self._state.attach(intent["id"], name, method)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}

    def _charge(self, intent: Document) -> None:
        attached = self._state.attached.get(intent["id"])
        if attached is None or intent["payment_method"] is None:
            message = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise unexpected_state(message, intent)
        card = cards.card_of(attached[0])
        if card.outcome == cards.SUCCEEDED:
            self._succeed(intent)
        elif card.outcome == cards.PROCESSING:
            intent |= {"status": "processing", "latest_charge": new_id("ch")}
            self._events.emit("payment_intent.processing", intent)
        elif card.outcome == cards.REQUIRES_ACTION:
            intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}}
        else:
            error = self._fail(intent, card.code, card.decline_code, card.message, new_id("ch"))
            members = {name: value for name, value in error.items() if name not in ("type", "message")}
            raise Refusal(402, CARD, card.message, kept=True, **members, payment_intent=deepcopy(intent))

    def _succeed(self, intent: Document) -> None:
        intent |= {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "latest_charge": intent["latest_charge"] if intent["status"] == "processing" else new_id("ch"),
            "last_payment_error": None,
            "next_action": None,
        }
        self._events.emit("payment_intent.succeeded", intent)

    def _fail(
        self, intent: Document, code: str | None, decline_code: str | None, message: str, charge: str | None
    ) -> Document:
        error: Document = {
            "type": CARD,
            "code": code,
            "decline_code": decline_code,
            "message": message,
            "charge": charge,
        }
        error["payment_method"] = deepcopy(self._state.attached[intent["id"]][1])
        error = {name: value for name, value in error.items() if value is not None}
        intent |= {
            "status": "requires_payment_method",
            "last_payment_error": error,
            "latest_charge": charge or intent["latest_charge"],
            "payment_method": None,
            "next_action": None,
        }
        self._events.emit("payment_intent.payment_failed", intent)
        return deepcopy(error)
