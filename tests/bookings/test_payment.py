"""What has to be paid is held until it is, and what was paid is given back or kept."""

from collections import Counter
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import payment
from booking_api.bookings.discounts import CodeExhausted, CodeUnknown, Discounts
from booking_api.bookings.holds import CustomerHolds
from booking_api.bookings.orders import Order, Unpaid
from booking_api.bookings.requests import Cancellation, Expiry, HoldConfirmation, Overdue
from booking_api.bookings.ticket_requests import StaffCancellation
from booking_api.events.stock import Line
from tests.bookings.ledgers import ADA, NOW, SEAT, STAND, TYPED, ledger_of, stored

MANUAL = TYPED | {"payment": "manual", "payment_due_hours": 72, "date": NOW + timedelta(days=30)}
SEATS = [Line(SEAT, 2)]


def paid(quantity_of=SEATS, event=MANUAL, **changes):
    """A confirmed booking for which all was paid."""
    booking = stored(event, lines=quantity_of)
    money = booking["payment"] | {"paid": booking["amount"]}
    return booking | {"payment": money} | changes


def ordered(event, lines=SEATS, **options):
    """What becomes of an order."""
    return ledger_of(event).apply(Order(ObjectId(), ADA, tuple(lines), **options))


def test_what_costs_something_is_held_until_it_is_paid():
    held = ordered(MANUAL)
    assert (held["status"], held["hold_expires_at"]) == ("held", NOW + timedelta(hours=72))
    assert payment.shown(held) == {"status": "due", "paid": 0, "refunded": 0, "owed": 0, "retained": 0}
    assert ledger_of(MANUAL, held).apply(HoldConfirmation(held["_id"], ADA)).code == "payment_required"


def test_by_card_the_hold_is_as_long_as_all_holds():
    held = ordered(MANUAL | {"payment": "stripe"}, unpaid=Unpaid(600))
    assert held["hold_expires_at"] == NOW + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("begins", "ends", "until"),
    [
        (timedelta(hours=5), timedelta(hours=9), timedelta(hours=5)),
        (timedelta(hours=-5), timedelta(hours=9), timedelta(hours=9)),
    ],
)
def test_nobody_pays_by_hand_after_the_event_has_begun_or_is_over(begins, ends, until):
    held = ordered(MANUAL | {"date": NOW + begins, "end_date": NOW + ends})
    assert held["hold_expires_at"] == NOW + until


def test_what_costs_nothing_is_confirmed_at_once():
    free = MANUAL | {"ticket_types": [each | {"price": 0} for each in MANUAL["ticket_types"]]}
    booking = ordered(free)
    assert (booking["status"], payment.shown(booking)["status"]) == ("confirmed", "none")
    assert "payment" not in booking


def test_without_payment_a_booking_is_confirmed_and_due():
    booking = ordered(TYPED)
    assert (booking["status"], payment.shown(booking)["status"]) == ("confirmed", "due")


def test_unpaid_holds_count_against_how_many_one_may_hold():
    ledger = ledger_of(MANUAL)
    ledger.holds_of[ADA] = CustomerHolds(held=19)
    refused = ledger.apply(Order(ObjectId(), ADA, tuple(SEATS), unpaid=Unpaid(900, 20)))
    assert (refused.code, refused.members["remaining"]) == ("customer_limit", 1)


def test_who_has_to_pay_is_not_told_to_book_without_a_hold():
    ledger = ledger_of(MANUAL)
    ledger.holds_of[ADA] = CustomerHolds(ended=2, last_end=NOW, given_back=Counter({SEAT: 5}))
    refused = ledger.apply(Order(ObjectId(), ADA, tuple(SEATS), unpaid=Unpaid(900, 20)))
    assert (refused.code, "book" in refused.detail) == ("hold_cooldown", False)


def test_what_one_may_book_at_once_can_be_held_to_pay_for_it():
    many = [each | {"total": 50, "available": 50} for each in MANUAL["ticket_types"]]
    hall = {"ticket_types": many, "total_tickets": 100, "available_tickets": 100}
    ledger = ledger_of(MANUAL | hall | {"max_per_booking": 40})
    ledger.holds_of[ADA] = CustomerHolds()
    order = Order(ObjectId(), ADA, (Line(SEAT, 25),), unpaid=Unpaid(900, 20))
    assert order.most_held(ledger.event) == 40
    assert ledger.apply(order)["quantity"] == 25
    refused = ledger.apply(Order(ObjectId(), ADA, (Line(SEAT, 16),), unpaid=Unpaid(900, 20)))
    assert (refused.code, refused.members["remaining"]) == ("customer_limit", 15)


@pytest.mark.parametrize(("refunds", "where", "other"), [(True, "owed", "retained"), (False, "retained", "owed")])
def test_a_customer_who_cancels_gets_all_back_or_nothing(refunds, where, other):
    booking = paid()
    ledger = ledger_of(MANUAL | {"refund_on_cancel": refunds}, booking)
    cancelled = ledger.apply(Cancellation(booking["_id"], ADA))
    assert (cancelled["payment"][where], cancelled["payment"][other]) == (5000, 0)
    assert [owed.amount for owed in ledger.released.refunds] == ([5000] if refunds else [])


def test_whoever_runs_the_event_gives_all_back_whatever_customers_are_told():
    booking = paid()
    ledger = ledger_of(MANUAL | {"refund_on_cancel": False}, booking)
    cancelled = ledger.apply(StaffCancellation(booking["_id"], ObjectId(), None))
    assert cancelled["payment"]["owed"] == 5000
    assert payment.kept(cancelled["payment"]) == 0


def test_some_of_the_tickets_give_back_what_they_cost():
    booking = paid([Line(SEAT, 1), Line(STAND, 2)])
    ledger = ledger_of(MANUAL, booking)
    stand = next(ticket["_id"] for ticket in booking["tickets"] if ticket["ticket_type"] == "Stand")
    left = ledger.apply(Cancellation(booking["_id"], ADA, frozenset({stand})))
    assert (left["amount"], left["payment"]["owed"]) == (3500, 1000)
    assert payment.kept(left["payment"]) == left["amount"]
    rest = ledger.apply(Cancellation(booking["_id"], ADA))
    assert (rest["payment"]["owed"], [owed.amount for owed in ledger.released.refunds]) == (4500, [1000, 3500])


def test_no_ticket_gives_back_more_than_is_left_of_its_booking():
    booking = paid(amount=3000) | {}
    booking["payment"] = booking["payment"] | {"refunded": 2000}
    ledger = ledger_of(MANUAL, booking)
    first = booking["tickets"][0]["_id"]
    left = ledger.apply(Cancellation(booking["_id"], ADA, frozenset({first})))
    assert (left["amount"], left["payment"]["owed"]) == (500, 2500)
    rest = ledger.apply(Cancellation(booking["_id"], ADA))
    assert (rest["payment"]["owed"], payment.kept(rest["payment"])) == (3000, 0)


@pytest.fixture
def being_paid():
    """An overdue hold with an open attempt to pay."""
    booking = stored(MANUAL, lines=SEATS, status="held", ends=NOW)
    booking["payment"]["attempt"] = ObjectId()
    return booking


def test_an_unpaid_hold_that_is_given_up_owes_nothing_and_leaves_its_attempt(being_paid):
    ledger = ledger_of(MANUAL, being_paid)
    ended = ledger.apply(Cancellation(being_paid["_id"], ADA))
    assert (ended["status"], payment.shown(ended)["status"]) == ("cancelled", "none")
    assert (ledger.released.refunds, ledger.released.abandoned) == ([], [being_paid["_id"]])


def test_an_overdue_hold_that_may_still_be_paid_keeps_its_tickets(being_paid):
    ledger = ledger_of(MANUAL, being_paid)
    assert ledger.apply(Expiry(being_paid["_id"]))["status"] == "held"
    assert not ledger.changed and not ledger.stock.moved
    assert ledger.apply(Overdue(being_paid["_id"]))
    assert [fact.name for fact, _, _ in ledger.facts] == ["payment.overdue"]


@pytest.mark.parametrize("change", [{"hold_expires_at": NOW + timedelta(seconds=1)}, {"status": "confirmed"}])
def test_what_is_not_overdue_waits_for_no_payment(being_paid, change):
    ledger = ledger_of(MANUAL, being_paid | change)
    assert not ledger.apply(Overdue(being_paid["_id"]))
    assert not ledger.facts


@pytest.mark.parametrize(
    ("money", "status"),
    [
        ({"paid": 0}, "due"),
        ({"paid": 0, "state": "pending"}, "pending"),
        ({"paid": 0, "state": "failed"}, "failed"),
        ({"paid": 5000, "owed": 2500}, "paid"),
        ({"paid": 5000, "refunded": 2500}, "partially_refunded"),
        ({"paid": 5000, "refunded": 5000}, "refunded"),
    ],
)
def test_the_status_says_what_became_of_the_money(money, status):
    booking = paid()
    assert payment.shown(booking | {"payment": booking["payment"] | money})["status"] == status


class HalfPrice:
    """A code for seats that can be used for so many tickets."""

    used = {"_id": ObjectId(), "code": "HALF"}

    def __init__(self, left):
        self.left = left

    def unlocked(self, event):
        return frozenset()

    def reductions(self, lines, event, customer_id, now):
        return [1250 if line.ticket_type_id == SEAT else None for line in lines]

    def spend(self, customer_id, tickets):
        if tickets > self.left:
            raise CodeExhausted(remaining=self.left)
        self.left -= tickets


def test_a_code_lowers_what_is_paid_and_comes_back_with_the_tickets():
    ledger = ledger_of(MANUAL)
    ledger.part(Discounts).as_written["half"] = HalfPrice(2)
    lines = (Line(SEAT, 2), Line(STAND, 1))
    booking = ledger.apply(Order(ObjectId(), ADA, lines, code="half"))
    assert (booking["amount"], booking["promo"]["code"]) == (3500, "HALF")
    assert ledger.apply(Order(ObjectId(), ADA, (Line(SEAT, 1),), code="half")).code == "sold_out"
    paid_for = booking | {"status": "confirmed", "payment": booking["payment"] | {"paid": 3500}}
    ledger = ledger_of(MANUAL, paid_for)
    seat = booking["tickets"][0]["_id"]
    ledger.apply(Cancellation(booking["_id"], ADA, frozenset({seat})))
    assert (ledger.released.refunds[0].amount, *ledger.released.tickets.values()) == (1250, 1)
    assert not ledger.released.bookings
    ledger.apply(Cancellation(booking["_id"], ADA))
    assert ledger.released.tickets[HalfPrice.used["_id"]] == 2
    assert ledger.released.bookings[HalfPrice.used["_id"]] == 1


def test_a_code_that_nobody_knows_is_refused_before_anything_is_taken():
    ledger = ledger_of(MANUAL)
    refused = ledger.apply(Order(ObjectId(), ADA, tuple(SEATS), code="half"))
    assert isinstance(refused, CodeUnknown)
    assert not ledger.new and not ledger.stock.moved
