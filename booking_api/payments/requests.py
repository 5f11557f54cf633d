"""What is asked of the ledger of an event about payments: so each has an order with sales, cancels and expiries."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId

from ..auth.permissions import Actor
from ..bookings import payment as money_rules
from ..bookings import rules as booking_rules
from ..bookings.facts import BOOKING_HELD
from ..bookings.ledger import EventLedger, OfOneBooking
from ..bookings.model import Booking
from ..bookings.payment import PaymentMismatch
from ..bookings.requests import Expiry
from ..events.changes import by
from ..events.payment import MANUAL, STRIPE
from . import fulfilment, payment_ledger, rules
from .facts import PAYMENT_FAILED
from .model import Payment
from .payment_ledger import PaymentLedger
from .rules import CANCELLED, OPEN, PROCESSING, SUCCEEDED


@dataclass(frozen=True)
class Applied:
    """A payment, with its booking, as a request has left them; whether the payment is `new`."""

    payment: Payment
    booking: Booking
    is_new: bool = False


class OfPayments(OfOneBooking):
    """A request about the payments of a booking, which are read for it."""

    def outcome(self, result: Any) -> str:
        """Return the status of the payment."""
        return str(result.payment["status"])


@dataclass(frozen=True)
class OpenAttempt(OfPayments):
    """Begin to pay a booking over the internet; or go on, while an attempt is open."""

    action = "open_payment"

    booking_id: ObjectId
    customer_id: ObjectId
    payment_id: ObjectId

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the attempt."""
        booking = ledger.own(self.booking_id, self.customer_id)
        rules.require_payable(booking, ledger.booked_event, ledger.now)
        part, attempt = ledger.part(PaymentLedger), money_rules.attempt_of(booking)
        if attempt is not None and attempt in part.payments:
            return Applied(part.payments[attempt], booking)
        rules.require_few_attempts(sum(each["booking_id"] == self.booking_id for each in part.payments.values()))
        ends = booking["hold_expires_at"]
        payment = part.add(rules.new_payment(booking, self.payment_id, ledger.now, STRIPE, expires_at=ends))
        part.outcomes.append((STRIPE, payment_ledger.OPENED))
        money = {**booking["payment"], "attempt": self.payment_id, "state": money_rules.PENDING}
        return Applied(payment, ledger.change(booking, {"payment": money}), is_new=True)


@dataclass(frozen=True)
class OfAttempt(OfPayments):
    """A request about one attempt."""

    booking_id: ObjectId
    payment_id: ObjectId

    def find(self, ledger: EventLedger) -> tuple[Booking, Payment]:
        """Return the booking and the attempt, neither of which is ever deleted; raises `BookingNotFound`."""
        booking = ledger.bookings.get(self.booking_id)
        payment = ledger.part(PaymentLedger).payments.get(self.payment_id)
        if booking is None or payment is None:
            raise booking_rules.BookingNotFound
        return booking, payment


@dataclass(frozen=True)
class PaymentNoted(OfAttempt):
    """Note that the provider has an attempt, which is open or processing there; and the latest try that was declined.

    It can be repeated, and come late: an attempt that has ended stays so.
    """

    action = "note_payment"

    provider_id: str
    status: str
    failure: str | None = None
    failed_try: str | None = None

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the attempt."""
        booking, payment = self.find(ledger)
        if not payment["open"]:
            return Applied(payment, booking)
        noted: dict[str, Any] = {"status": self.status, "provider_id": self.provider_id}
        declined = self.status == OPEN and self.failed_try not in (None, payment.get("failed_try"))
        if declined:
            noted |= {"failure": self.failure, "failed_try": self.failed_try}
        if any(payment.get(name) != value for name, value in noted.items()):
            payment = ledger.part(PaymentLedger).change(payment, noted)
        if declined:
            payment_ledger.publish(ledger, PAYMENT_FAILED, payment, by(booking["customer_id"]), payment_ledger.DECLINED)
        state = money_rules.FAILED if declined else money_rules.PENDING if self.status == PROCESSING else None
        money = booking["payment"]
        if state and money.get("attempt") == payment["_id"] and money.get("state") != state:
            booking = ledger.change(booking, {"payment": {**money, "state": state}})
        return Applied(payment, booking)


@dataclass(frozen=True)
class PaymentSucceeded(OfAttempt):
    """Count an attempt as paid, once; see `fulfilment` for what follows."""

    action = "take_payment"
    revives = True

    provider_id: str
    received: int
    currency: str

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the payment; raises `PaymentMismatch`."""
        booking, payment = self.find(ledger)
        if payment["status"] == SUCCEEDED:
            return Applied(payment, booking)
        if (self.received, self.currency) != (payment["amount"], payment["currency"]):
            if payment.get("failure") == rules.SETTLED:
                return Applied(payment, booking)
            raise PaymentMismatch
        payment = fulfilment.fulfil(ledger, booking, payment, by(booking["customer_id"]), provider_id=self.provider_id)
        return Applied(payment, ledger.bookings[self.booking_id])


@dataclass(frozen=True)
class PaymentClosed(OfAttempt):
    """Close an attempt that nobody can pay any more; with `expire` put its tickets back on sale if its time is over."""

    action = "close_payment"

    provider_id: str | None = None
    failure: str | None = None
    expire: bool = False

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the attempt."""
        booking, payment = self.find(ledger)
        if payment["open"]:
            ended: dict[str, Any] = {"status": CANCELLED, "open": False}
            ended |= {"provider_id": self.provider_id} if self.provider_id else {}
            ended |= {"failure": self.failure} if self.failure else {}
            payment = ledger.part(PaymentLedger).change(payment, ended)
            ledger.part(PaymentLedger).outcomes.append((payment["mode"], payment_ledger.CANCELLED))
        money = rules.without_attempt(booking, payment["_id"])
        if money != booking["payment"]:
            booking = ledger.change(booking, {"payment": money})
        if self.expire:
            Expiry(self.booking_id).apply_to(ledger)
        return Applied(payment, ledger.bookings[self.booking_id])


@dataclass(frozen=True)
class HoldKept(OfAttempt):
    """Keep an overdue hold for another hour, because its payment is on its way."""

    action = "keep_hold"

    provider_id: str

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the attempt."""
        noted = PaymentNoted(self.booking_id, self.payment_id, self.provider_id, PROCESSING).apply_to(ledger)
        booking, payment = noted.booking, noted.payment
        if not payment["open"] or not fulfilment.is_overdue(booking, ledger.now):
            return noted
        ends = ledger.now + rules.KEPT_FOR
        payment = ledger.part(PaymentLedger).change(payment, {"expires_at": ends})
        ledger.part(PaymentLedger).outcomes.append((payment["mode"], payment_ledger.KEPT))
        # It is held as before, so the feed hears nothing; only its expiry is due at another time.
        ledger.facts.append((BOOKING_HELD, booking["_id"], rules.KEPT_FOR / timedelta(seconds=1)))
        return Applied(payment, ledger.change(booking, {"hold_expires_at": ends}))


@dataclass(frozen=True)
class ManualPayment(OfPayments):
    """Record that the money for a booking was handed over, once for each `payment_id`."""

    action = "record_payment"
    revives = True

    booking_id: ObjectId
    payment_id: ObjectId
    actor: Actor
    amount: int | None
    method: str
    reference: str | None

    def apply_to(self, ledger: EventLedger) -> Applied:
        """Return the payment, or the one that an earlier attempt has recorded."""
        booking = ledger.bookings.get(self.booking_id)
        event = ledger.booked_event
        if booking is None or booking["event_id"] != event["_id"]:
            raise booking_rules.BookingNotFound
        part = ledger.part(PaymentLedger)
        if self.payment_id in part.payments:
            return Applied(part.payments[self.payment_id], booking)
        rules.require_recordable(booking, event, self.amount)
        told = {"method": self.method, "reference": self.reference, "recorded_by": self.actor}
        payment = part.add(rules.new_payment(booking, self.payment_id, ledger.now, MANUAL, **told))
        payment = fulfilment.fulfil(ledger, booking, payment, by(self.actor))
        return Applied(payment, ledger.bookings[self.booking_id], is_new=True)
