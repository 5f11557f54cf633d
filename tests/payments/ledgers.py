"""Ledgers with payments, and what is asked of them, as the tests of requests begin with."""

from datetime import timedelta

from bson import ObjectId

from booking_api.events.stock import Line
from booking_api.payments.payment_ledger import PaymentLedger
from booking_api.payments.requests import (
    ManualPayment,
    OpenAttempt,
    PaymentClosed,
    PaymentSucceeded,
)
from tests.bookings.ledgers import ADA, LATER, NOW, SEAT, TYPED, ledger_of, stored

CARD = TYPED | {"payment": "stripe", "date": NOW + timedelta(days=30), "total_tickets": 5}
HAND = CARD | {"payment": "manual", "payment_due_hours": 72}


def held(event=CARD, ends=LATER, **changes):
    """A hold of two seats, which an attempt may be open for."""
    return stored(event, lines=[Line(SEAT, 2)], status="held", ends=ends) | changes


def paying(booking):
    """The booking with an open attempt, and the attempt."""
    ledger = ledger_of(CARD, booking)
    opened = ledger.apply(OpenAttempt(booking["_id"], ADA, ObjectId()))
    assert opened.is_new
    return opened.booking, opened.payment


def with_till(event, booking, *payments, **options):
    """A ledger that has read a booking and these payments."""
    ledger = ledger_of(event, booking, **options)
    ledger.part(PaymentLedger).payments.update({payment["_id"]: payment for payment in payments})
    return ledger


def success(booking, payment, received=5000, currency="EUR"):
    """The provider has the money."""
    return PaymentSucceeded(booking["_id"], payment["_id"], "pi_1", received, currency)


def facts(ledger):
    """The names of what is published, of bookings and of payments."""
    return [fact.name for fact, *_ in ledger.facts], [fact.name for fact, _ in ledger.part(PaymentLedger).facts]


def expired(booking, payment):
    """The booking once it has expired, its attempt being closed."""
    ledger = with_till(CARD, booking | {"hold_expires_at": NOW}, payment)
    closed = ledger.apply(PaymentClosed(booking["_id"], payment["_id"], "pi_1", expire=True))
    assert (closed.booking["status"], closed.payment["status"]) == ("expired", "cancelled")
    assert facts(ledger) == (["booking.expired"], [])
    assert ledger.released.abandoned == []
    return closed.booking, closed.payment


def assert_owed(ledger, done, amount=5000):
    """The money goes back."""
    assert (done.booking["payment"]["paid"], done.booking["payment"]["owed"]) == (amount, amount)
    assert [(each.booking["_id"], each.amount) for each in ledger.released.refunds] == [(done.booking["_id"], amount)]
    assert done.payment["late"]
    assert facts(ledger) == ([], ["payment.late"])
    assert [change["type"] for change in ledger.stock.changes] == ["payment.succeeded"]


def by_hand(booking, payment_id=None, amount=None):
    """The organizer records it."""
    return ManualPayment(booking["_id"], payment_id or ObjectId(), ObjectId(), amount, "cash", None)
