"""Of which payments refunds return the money."""

from bson import ObjectId

from booking_api.payments.refund_ledger import Allocation, Wanted

from ..bookings.ledgers import NOW
from .money import CARD, paid, payment_of


def divided(*payments, amount, payment_id=None, booking=None):
    """The amounts that refunds take of each of these payments, and what none of them has brought."""
    allocation = Allocation(payments, NOW)
    wanted = Wanted(booking or BOOKING, amount, ObjectId(), payment_id=payment_id)
    missing = allocation.add(wanted)
    taken = {refund["payment_id"]: refund["amount"] for refund in allocation.refunds}
    return [taken.get(each["_id"], 0) for each in payments], missing, allocation


BOOKING = paid(CARD)


def test_one_payment_after_the_other_gives_back_what_it_brought():
    first, second = payment_of(BOOKING, 2000, refunded=500), payment_of(BOOKING, 3000)
    assert divided(first, second, amount=1500)[:2] == ([1500, 0], 0)
    parts, missing, allocation = divided(first, second, amount=4000)
    assert (parts, missing) == ([1500, 2500], 0)
    assert allocation.taken == {first["_id"]: 2000, second["_id"]: 2500}
    assert divided(first, second, amount=5000)[1] == 500


def test_the_first_of_several_refunds_has_the_id_that_was_asked_for():
    allocation = Allocation([payment_of(BOOKING, 2000), payment_of(BOOKING, 3000)], NOW)
    wanted = Wanted(BOOKING, 5000, ObjectId())
    allocation.add(wanted)
    first, second = allocation.refunds
    assert (first["_id"], second["_id"] != wanted.refund_id) == (wanted.refund_id, True)


def test_several_refunds_in_one_transaction_share_what_is_left():
    allocation = Allocation([payment_of(BOOKING, 2000)], NOW)
    assert [allocation.add(Wanted(BOOKING, 1500, ObjectId())) for _ in range(2)] == [0, 1000]
    assert [refund["amount"] for refund in allocation.refunds] == [1500, 500]


def test_payments_of_other_bookings_and_those_that_came_to_nothing_give_nothing():
    nothing = payment_of(BOOKING, status="cancelled")
    assert divided(payment_of(paid(CARD)), nothing, amount=100)[:2] == ([0, 0], 100)


def test_the_payment_that_is_too_late_goes_back_itself():
    early, late = payment_of(BOOKING), payment_of(BOOKING, status="open", open=True)
    parts, missing, allocation = divided(early, late, amount=5000, payment_id=late["_id"])
    assert (parts, missing, allocation.refunds[0]["late"]) == ([0, 5000], 0, True)


def test_what_is_being_paid_in_this_transaction_goes_back_if_the_others_have():
    early, late = payment_of(BOOKING, refunded=5000), payment_of(BOOKING, status="open", open=True)
    assert divided(early, late, amount=5000)[:2] == ([0, 5000], 0)
    assert divided(payment_of(BOOKING), late, amount=5000)[:2] == ([5000, 0], 0)
