"""Money that comes late: the booking gets its tickets again, or the money goes back."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.discounts import CodeExhausted, Discounts
from booking_api.bookings.holds import NOT_YET
from booking_api.bookings.requests import Cancellation, Expiry
from tests.bookings.ledgers import ADA, NOW, SEAT, ledger_of

from .ledgers import CARD, HAND, assert_owed, by_hand, expired, held, paying, success, with_till


def test_late_success_takes_the_tickets_again_if_there_are_any():
    booking, payment = expired(*paying(held(hold_ended_at=NOT_YET)))
    ledger = with_till(CARD, booking, payment)
    done = ledger.apply(success(booking, payment))
    assert (done.booking["status"], done.booking["hold_ended_at"]) == ("confirmed", None)
    assert ledger.stock.available_of(SEAT) == 0
    assert not ledger.released.refunds and "late" not in done.payment


@pytest.mark.parametrize(
    "changes",
    [
        {"ticket_types": [CARD["ticket_types"][0] | {"available": 1}, CARD["ticket_types"][1]]},
        {"ticket_types": CARD["ticket_types"][1:]},
        {"status": "cancelled"},
        {"date": NOW - timedelta(days=1)},
        {"max_per_customer": 1},
        {"waitlist": {"waiting": 1, "last": 1, "turn": 0}, "reserved_from": NOW},
    ],
)
def test_late_success_goes_back_where_the_tickets_cannot_be_had(changes):
    booking, payment = expired(*paying(held()))
    ledger = with_till(CARD | changes, booking, payment)
    done = ledger.apply(success(booking, payment))
    assert done.booking["status"] == "expired"
    assert not ledger.stock.moved
    assert_owed(ledger, done)


class Code:
    """A promo code that can be used for so many tickets."""

    def __init__(self, left):
        self.left = left

    def spend(self, customer_id, tickets):
        if tickets > self.left:
            raise CodeExhausted(remaining=self.left)
        self.left -= tickets


@pytest.mark.parametrize(("left", "status"), [(2, "confirmed"), (1, "expired")])
def test_late_success_spends_the_code_again_or_goes_back(left, status):
    booking, payment = expired(*paying(held()))
    code = {"_id": ObjectId(), "code": "HALF"}
    booking["promo"] = code
    booking["items"] = [item | {"reduction": 0} for item in booking["items"]]
    ledger = with_till(CARD, booking, payment)
    ledger.part(Discounts).by_id[code["_id"]] = Code(left)
    assert ledger.apply(success(booking, payment)).booking["status"] == status
    assert bool(ledger.released.refunds) is (status == "expired")


def test_success_of_what_was_cancelled_goes_back_and_its_attempt_is_void():
    booking, payment = paying(held())
    ledger = with_till(CARD, booking, payment)
    cancelled = ledger.apply(Cancellation(booking["_id"], ADA))
    assert ledger.released.abandoned == [booking["_id"]]
    later = with_till(CARD, cancelled, payment)
    assert_owed(later, later.apply(success(booking, payment)))


def test_success_after_the_event_was_cancelled_confirms_nothing():
    booking, payment = paying(held())
    ledger = with_till(CARD | {"status": "cancelled"}, booking, payment)
    done = ledger.apply(success(booking, payment))
    assert done.booking["status"] == "held"
    assert_owed(ledger, done)


def test_a_second_payment_of_one_booking_goes_back():
    booking, payment = paying(held())
    first = with_till(CARD, booking, payment).apply(success(booking, payment))
    other = payment | {"_id": ObjectId(), "status": "cancelled", "open": False}
    ledger = with_till(CARD, first.booking, first.payment, other)
    done = ledger.apply(success(booking, other))
    assert (done.booking["payment"]["paid"], done.booking["payment"]["owed"]) == (10_000, 5000)
    assert [each.amount for each in ledger.released.refunds] == [5000]


def test_money_in_the_batch_of_the_expiry_leaves_the_tickets_to_who_waits():
    booking = held(HAND, ends=NOW)
    for waiting, status in ((0, "confirmed"), (1, "expired")):
        event = HAND | {"waitlist": {"waiting": waiting, "last": 1, "turn": 0}}
        ledger = ledger_of(event, booking)
        ledger.apply(Expiry(booking["_id"]))
        assert ledger.apply(by_hand(booking)).booking["status"] == status
