"""Requests about payments, applied to ledgers: what each does, and that each can be repeated."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.holds import NOT_YET
from booking_api.payments.payment_ledger import PaymentLedger
from booking_api.payments.requests import (
    HoldKept,
    OpenAttempt,
    PaymentClosed,
    PaymentNoted,
)
from tests.bookings.ledgers import ADA, LATER, NOW, ledger_of

from .ledgers import CARD, HAND, by_hand, expired, facts, held, paying, success, with_till


def test_an_attempt_is_opened_once_and_gone_on_with():
    booking, payment = paying(held())
    assert (payment["status"], payment["open"], payment["amount"]) == ("opening", True, 5000)
    assert payment["expires_at"] == LATER
    again = with_till(CARD, booking, payment).apply(OpenAttempt(booking["_id"], ADA, ObjectId()))
    assert (again.payment, again.is_new) == (payment, False)


def test_after_a_hundred_attempts_that_came_to_nothing_there_is_no_other():
    booking, payment = paying(held())
    closed = [payment | {"_id": ObjectId(), "status": "cancelled", "open": False} for _ in range(100)]
    booking["payment"].pop("attempt")
    for attempts, outcome in ((closed[1:], None), (closed, "too_many_attempts")):
        opened = with_till(CARD, booking, *attempts).apply(OpenAttempt(booking["_id"], ADA, ObjectId()))
        assert (opened.members["reason"] if outcome else opened.is_new) == (outcome or True)
    another = with_till(CARD, booking, *[each | {"booking_id": ObjectId()} for each in closed])
    assert another.apply(OpenAttempt(booking["_id"], ADA, ObjectId())).is_new


@pytest.mark.parametrize(
    ("event", "changes", "code"),
    [
        (HAND, {}, "payment_not_online"),
        (CARD | {"status": "cancelled"}, {}, "event_cancelled"),
        (CARD | {"date": NOW - timedelta(days=1)}, {}, "event_past"),
        (CARD, {"status": "cancelled"}, "booking_cancelled"),
        (CARD, {"status": "expired"}, "hold_expired"),
        (CARD, {"hold_expires_at": NOW}, "hold_expired"),
        (CARD, {"customer_id": ObjectId()}, "booking_not_found"),
    ],
)
def test_what_cannot_be_paid_has_no_attempt(event, changes, code):
    booking = held(event) | changes
    ledger = ledger_of(event, booking)
    assert ledger.apply(OpenAttempt(booking["_id"], ADA, ObjectId())).code == code
    assert not ledger.part(PaymentLedger).new and not ledger.changed


def test_success_confirms_once():
    booking, payment = paying(held(hold_ended_at=NOT_YET))
    ledger = with_till(CARD, booking, payment)
    done = ledger.apply(success(booking, payment))
    assert (done.booking["status"], done.booking["hold_expires_at"], done.booking["hold_ended_at"]) == (
        "confirmed",
        None,
        None,
    )
    assert done.booking["payment"] == {"mode": "stripe", "paid": 5000, "refunded": 0, "owed": 0, "retained": 0}
    assert (done.payment["status"], done.payment["open"], done.payment["provider_id"]) == ("succeeded", False, "pi_1")
    assert facts(ledger) == (["booking.confirmed"], ["payment.succeeded"])
    again = ledger.apply(success(booking, payment))
    assert (again.payment, again.booking) == (done.payment, done.booking)
    assert facts(ledger) == (["booking.confirmed"], ["payment.succeeded"])


@pytest.mark.parametrize(("received", "currency"), [(4999, "EUR"), (5001, "EUR"), (5000, "USD")])
def test_another_amount_or_currency_is_not_applied(received, currency):
    booking, payment = paying(held())
    ledger = with_till(CARD, booking, payment)
    assert ledger.apply(success(booking, payment, received, currency)).code == "payment_mismatch"
    assert not ledger.changed and not ledger.part(PaymentLedger).changed


def test_a_decline_is_told_once_and_a_new_try_again():
    booking, payment = paying(held())
    ledger = with_till(CARD, booking, payment)
    declined = PaymentNoted(booking["_id"], payment["_id"], "pi_1", "open", "card_declined", "ch_1")
    assert ledger.apply(declined).booking["payment"]["state"] == "failed"
    ledger.apply(declined)
    assert facts(ledger) == ([], ["payment.failed"])
    processing = PaymentNoted(booking["_id"], payment["_id"], "pi_1", "processing", "card_declined", "ch_1")
    assert ledger.apply(processing).booking["payment"]["state"] == "pending"
    assert facts(ledger) == ([], ["payment.failed"])


def test_what_has_ended_is_not_open_again():
    booking, payment = expired(*paying(held()))
    ledger = with_till(CARD, booking, payment)
    noted = ledger.apply(PaymentNoted(booking["_id"], payment["_id"], "pi_1", "open"))
    assert noted.payment["status"] == "cancelled"
    assert not ledger.changed and not ledger.part(PaymentLedger).changed


def test_closing_an_attempt_leaves_a_hold_whose_time_is_not_over():
    booking, payment = paying(held())
    closed = with_till(CARD, booking, payment).apply(PaymentClosed(booking["_id"], payment["_id"], expire=True))
    assert (closed.booking["status"], closed.payment["open"]) == ("held", False)
    assert "attempt" not in closed.booking["payment"] and "state" not in closed.booking["payment"]


def test_a_hold_is_kept_for_an_hour_while_its_payment_is_on_its_way():
    booking, payment = paying(held())
    ledger = with_till(CARD, booking | {"hold_expires_at": NOW}, payment)
    kept = ledger.apply(HoldKept(booking["_id"], payment["_id"], "pi_1"))
    assert kept.booking["hold_expires_at"] == kept.payment["expires_at"] == NOW + timedelta(hours=1)
    assert [(fact.name, delay) for fact, _, delay in ledger.facts] == [("booking.held", 3600)]
    assert not ledger.stock.changes
    ledger.apply(HoldKept(booking["_id"], payment["_id"], "pi_1"))
    assert len(ledger.facts) == 1


def test_money_that_was_handed_over_is_recorded_once():
    booking, payment_id = held(HAND), ObjectId()
    ledger = ledger_of(HAND, booking)
    done = ledger.apply(by_hand(booking, payment_id))
    assert (done.booking["status"], done.payment["status"], done.payment["open"]) == ("confirmed", "succeeded", False)
    assert ledger.part(PaymentLedger).new == [done.payment]
    assert ledger.apply(by_hand(booking, payment_id)).payment == done.payment
    assert ledger.apply(by_hand(booking)).code == "already_paid"
    assert len(ledger.part(PaymentLedger).new) == 1
