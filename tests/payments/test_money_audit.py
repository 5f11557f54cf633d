"""What the audit of money finds, given what is stored."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.payments.money_audit import faults
from booking_api.payments.money_reader import Money
from booking_api.payments.store import PaymentStore, RefundStore

from ..apps import mongomock_app
from ..bookings.ledgers import NOW
from .money import CARD, MANUAL, audited, paid, payment_of


def refund_of(payment, amount, status="succeeded"):
    """A refund of a payment."""
    return {"_id": ObjectId(), "payment_id": payment["_id"], "amount": amount, "status": status}


def found(booking=None, payments=None, refunds=(), mode="stripe", now=NOW, **money):
    """The faults of a booking; `money` are fields of its payment."""
    booking = booking or paid(CARD if mode == "stripe" else MANUAL)
    payments = [payment_of(booking)] if payments is None else payments
    booking = booking | {"payment": booking["payment"] | money}
    return list(faults(Money(booking, payments, list(refunds)), mode, now))


def attempted(**fields):
    """A hold that ends now, and its open attempt; `fields` are others of that."""
    held = paid(status="held", hold_expires_at=NOW)
    held["payment"]["paid"] = 0
    return held, payment_of(held, open=True, expires_at=NOW, **{"status": "open"} | fields)


def test_a_booking_that_was_paid_is_right_and_so_is_one_that_is_held():
    assert found() == []
    held = paid(status="held")
    held["payment"]["paid"] = 0
    assert found(held, []) == []


@pytest.mark.parametrize("status", ["succeeded", "pending", "failed"])
def test_each_amount_that_went_back_is_in_one_place(status):
    booking = paid(amount=3000)
    payment = payment_of(booking, 5000, refunded=2000)
    refunds = [refund_of(payment, 2000, status)]
    place = "refunded" if status == "succeeded" else "owed"
    assert found(booking, [payment], refunds, **{place: 2000}) == []
    wrong = found(booking, [payment], refunds, retained=2000)
    assert [fault.endswith("2000 by its refunds") for fault in wrong] == [True]
    assert len(found(booking, [payment], refunds, **{place: 1999})) == 2


def test_what_is_owed_by_hand_has_no_refund_yet():
    booking = paid(MANUAL, status="cancelled")
    assert found(booking, mode="manual", owed=5000) == []
    assert found(booking, mode="manual", owed=2000, retained=3000) == []


def test_what_was_paid_is_the_sum_of_the_payments():
    assert found(payments=[]) == ["5000 was paid, as it says, and 0 by its payments"]
    booking = paid()
    assert "10000 by its payments" in found(booking, [payment_of(booking), payment_of(booking)])[0]
    assert found(booking, [payment_of(booking), payment_of(booking, status="cancelled")]) == []


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_no_money_is_kept_for_a_booking_that_has_ended_but_what_is_retained(status):
    assert found(paid(status=status)) == [f"is {status} and costs 5000, and 5000 of what was paid is for it"]
    assert found(paid(status=status), retained=5000) == []


def test_a_confirmed_booking_is_paid_where_that_is_wanted():
    unpaid = paid()
    unpaid["payment"]["paid"] = 0
    assert found(unpaid, []) == ["is confirmed, and its 5000 was not paid"]
    unpaid.pop("payment")
    assert list(faults(Money(unpaid, [], []), "manual", NOW)) == ["costs something, and says nothing of its payment"]
    assert list(faults(Money(unpaid, [], []), "none", NOW)) == []
    assert list(faults(Money(unpaid | {"amount": 0}, [], []), "stripe", NOW)) == []


def test_a_booking_costs_what_its_tickets_do_or_less():
    assert "which is more than its tickets do" in found(paid(amount=5001))[0]


def test_a_booking_is_paid_as_its_event_wants():
    assert found(paid(CARD), mode="manual") == ["is paid by stripe, and its event by manual"]


def test_a_payment_gives_back_what_its_refunds_take_and_never_more_than_it_brought():
    booking = paid(amount=0)
    payment = payment_of(booking, 5000, refunded=6000)
    wrong = found(booking, [payment], [refund_of(payment, 6000)], refunded=6000)
    assert f"payment {payment['_id']} gives more back than it brought" in wrong
    payment |= {"refunded": 4000}
    wrong = found(booking, [payment], [refund_of(payment, 5000)], refunded=5000)
    assert wrong == [f"payment {payment['_id']} gives 4000 back, as it says, and 5000 by its refunds"]
    other = refund_of(payment_of(booking), 5000)
    payment |= {"refunded": 0}
    assert found(booking, [payment], [other], refunded=5000) == ["1 payments of refunds are none of its own"]


def test_no_amount_is_below_0():
    booking = paid(amount=3000)
    assert "an amount of its money is below 0" in found(booking, retained=3000, owed=-1000)


def test_the_open_attempt_is_that_which_the_booking_names():
    held, attempt = attempted()
    assert found(held, [attempt], attempt=attempt["_id"]) == []
    assert found(held, [attempt]) == ["1 of its payments are open, and it says that none is"]
    assert "0 of its payments are open" in found(held, [], attempt=attempt["_id"])[0]
    assert "2 of its payments are open" in found(held, [attempt, attempt], attempt=attempt["_id"])[0]


def test_an_open_attempt_keeps_tickets_for_no_more_than_an_hour_beyond_its_hold():
    held, attempt = attempted()
    assert found(held, [attempt], attempt=attempt["_id"], now=NOW + timedelta(hours=1)) == []
    late = NOW + timedelta(hours=1, seconds=1)
    overdue = found(held, [attempt], attempt=attempt["_id"], now=late)
    assert overdue == [
        f"its hold was over at 2030-01-01T00:00:00Z, and payment {attempt['_id']} still keeps its tickets"
    ]
    over = held | {"status": "cancelled", "hold_expires_at": None}
    assert found(over, [attempt], attempt=attempt["_id"], now=NOW + timedelta(hours=1)) == []
    open_still = found(over, [attempt], attempt=attempt["_id"], now=late)
    assert open_still == [f"is cancelled, and payment {attempt['_id']} can still be paid"]


@pytest.mark.parametrize("status", ["held", "cancelled"])
def test_a_bank_that_has_not_answered_for_two_weeks_is_told_of(status):
    held, attempt = attempted(status="processing")
    later = NOW + timedelta(days=14)
    booking = held | {"status": status, "hold_expires_at": later}
    assert found(booking, [attempt], attempt=attempt["_id"], now=later) == []
    told = found(booking, [attempt], attempt=attempt["_id"], now=later + timedelta(seconds=1))
    assert told == [f"payment {attempt['_id']} is processing since 2030-01-01T00:00:00Z"]


def test_payments_and_refunds_without_a_booking_are_found(clock, outgoing):
    app = mongomock_app(clock, outgoing)
    assert audited(app) == []
    lost, services = payment_of(paid()), services_of(app)
    services[PaymentStore].insert([lost], None)
    refund = refund_of(lost, 100) | {"booking_id": ObjectId(), "event_id": ObjectId()}
    services[RefundStore].insert([refund], None)
    assert audited(app) == [
        f"payment {lost['_id']}: has no booking of which anything is to be paid",
        f"refund {refund['_id']}: has no booking of which anything is to be paid",
    ]


def test_the_command_prints_a_line_for_each_fault(clock, outgoing, receiving):
    app = mongomock_app(clock, outgoing, receiving)
    lost = payment_of(paid())
    services_of(app)[PaymentStore].insert([lost], None)
    done = app.test_cli_runner().invoke(args=["audit"])
    assert (done.exit_code, f"payment {lost['_id']}: has no booking" in done.stdout) == (1, True)
