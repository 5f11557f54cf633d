"""Refunds in the ledger: from where they take their amounts, and what they refuse."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import payment
from booking_api.bookings.requests import Cancellation
from booking_api.events.stock import Line
from booking_api.payments.refund_ledger import RefundLedger
from booking_api.payments.refund_requests import RefundBooking, RefundDone, RefundFailed
from booking_api.payments.refund_rules import MOST_REFUNDS

from ..bookings.ledgers import ADA, NOW, SEAT, STAND, ledger_of
from .money import CARD, MANUAL, paid

OWNER = ObjectId()
KEPT = {"refund_on_cancel": False}


def refund(booking, **options):
    """A request for a refund of a booking."""
    return RefundBooking(booking["_id"], ObjectId(), OWNER, **options)


def after(booking, event, **options):
    """What becomes of a booking by a refund: its amount, and refunded, owed and retained; the ledger too."""
    ledger = ledger_of(event, booking)
    outcome = ledger.apply(refund(booking, **options))
    assert outcome == "made", outcome
    left = ledger.bookings[booking["_id"]]
    money = left["payment"]
    assert payment.kept(money) == (left["amount"] if left["status"] == "confirmed" else 0)
    (wanted,) = ledger.part(RefundLedger).wanted.values()
    return (left["amount"], money["refunded"], money["owed"], money["retained"]), wanted, ledger


def refused(booking, event, **options):
    """The code of what refuses a refund, and what it says can be refunded; nothing was done."""
    ledger = ledger_of(event, booking)
    problem = ledger.apply(refund(booking, **options))
    assert not ledger.changed and not ledger.part(RefundLedger).wanted and not ledger.stock.moved
    return problem.code, problem.members.get("refundable")


def test_by_card_all_goes_back_unless_an_amount_is_given():
    money, wanted, _ = after(paid(), CARD)
    assert (money, wanted.amount) == ((0, 0, 5000, 0), 5000)


def test_an_amount_lowers_what_a_live_booking_costs_and_its_tickets_stay():
    money, wanted, ledger = after(paid(), CARD, amount=1500)
    assert (money, wanted.amount) == ((3500, 0, 1500, 0), 1500)
    (left,) = ledger.bookings.values()
    assert (left["quantity"], left["status"], ledger.stock.moved) == (2, "confirmed", False)


def test_what_was_retained_goes_back_first():
    booking = paid(amount=3000)
    booking["payment"]["retained"] = 2000
    assert after(booking, CARD, amount=2500)[0] == (2500, 0, 2500, 0)
    assert after(booking, CARD, amount=1500)[0] == (3000, 0, 1500, 500)


@pytest.mark.parametrize(
    ("event", "money", "most"),
    [(CARD, {"refunded": 1000, "owed": 500}, 3500), (MANUAL, {"refunded": 1000, "owed": 500}, 4000)],
)
def test_never_more_goes_back_than_was_paid(event, money, most):
    booking = paid(event, amount=3500)
    booking["payment"] |= money
    assert refused(booking, event, amount=most + 1) == ("refund_exceeds_payment", most)
    assert after(booking, event, amount=most)[0][0] == 0


@pytest.mark.parametrize("event", [CARD, MANUAL])
def test_what_was_never_paid_is_not_refunded(event):
    booking = paid(event)
    booking["payment"]["paid"] = 0
    assert refused(booking, event) == ("refund_exceeds_payment", 0)
    booking.pop("payment")
    assert refused(booking, event, amount=1) == ("refund_exceeds_payment", 0)
    whole = paid(event)
    whole["payment"]["refunded"] = 5000
    assert refused(whole | {"amount": 0}, event) == ("refund_exceeds_payment", 0)


def test_a_booking_of_another_event_is_not_found():
    assert refused(paid() | {"event_id": ObjectId()}, CARD) == ("booking_not_found", None)


def test_what_was_handed_back_is_taken_from_what_is_owed_first():
    booking = paid(MANUAL, amount=2000)
    booking["payment"] |= {"owed": 1500, "retained": 1500}
    assert after(booking, MANUAL)[0] == (2000, 1500, 0, 1500)
    assert after(booking, MANUAL, amount=4000)[0] == (1000, 4000, 0, 0)
    booking["payment"] |= {"owed": 0, "refunded": 1500}
    assert after(booking, MANUAL)[0] == (0, 5000, 0, 0)


@pytest.mark.parametrize(("event", "gone"), [(CARD, (0, 2500)), (MANUAL, (2500, 0))])
def test_tickets_are_cancelled_and_what_they_cost_goes_back(event, gone):
    booking = paid(event)
    first = booking["tickets"][0]["_id"]
    money, wanted, ledger = after(booking, event, ticket_ids=frozenset({first}))
    assert (money, wanted.amount, wanted.tickets) == ((2500, *gone, 0), 2500, (first,))
    assert ledger.stock.available_of(SEAT) == 3
    assert ledger.tickets_cancelled == [{"booking_id": booking["_id"], "ticket_ids": [first]}]
    assert ledger.released.refunds == []


def test_all_tickets_are_the_whole_booking_and_its_customer_hears_why():
    booking = paid()
    ids = frozenset(ticket["_id"] for ticket in booking["tickets"])
    money, _, ledger = after(booking, CARD, ticket_ids=ids, reason="Fog.")
    assert money == (5000, 0, 5000, 0)
    (left,) = ledger.bookings.values()
    assert (left["status"], left["cancelled_by"], left["cancel_reason"]) == ("cancelled", "staff", "Fog.")
    assert [fact.name for fact, *_ in ledger.facts] == ["booking.cancelled_by_staff"]


@pytest.mark.parametrize("event", [CARD | KEPT, MANUAL | KEPT])
def test_tickets_that_were_cancelled_before_give_back_what_was_retained(event):
    booking = paid(event, [Line(SEAT, 1), Line(STAND, 2)])
    seat, stand, last = (ticket["_id"] for ticket in booking["tickets"])
    ledger = ledger_of(event, booking)
    booking = ledger.apply(Cancellation(booking["_id"], ADA, frozenset({stand})))
    assert booking["payment"]["retained"] == 1000
    _, wanted, _ = after(booking, event, ticket_ids=frozenset({stand}))
    assert wanted.amount == 1000
    _, wanted, _ = after(booking, event, ticket_ids=frozenset({seat, stand}))
    assert wanted.amount == 3500
    gone = ledger_of(event, booking).apply(Cancellation(booking["_id"], ADA))
    money, wanted, _ = after(gone, event, ticket_ids=frozenset({last}))
    assert (wanted.amount, money[3]) == (1000, 3500)


def test_a_ticket_gives_back_its_price_once():
    event = CARD | KEPT
    booking = paid(event)
    first, second = (ticket["_id"] for ticket in booking["tickets"])
    gone = ledger_of(event, booking).apply(Cancellation(booking["_id"], ADA))
    ledger = ledger_of(event, gone)
    assert ledger.apply(refund(gone, ticket_ids=frozenset({first}))) == "made"
    again = ledger.apply(refund(gone, ticket_ids=frozenset({first})))
    assert (again.code, again.members["refundable"]) == ("refund_exceeds_payment", 2500)
    assert ledger.apply(refund(gone, ticket_ids=frozenset({first, second}))) == "made"
    assert [wanted.amount for wanted in ledger.part(RefundLedger).wanted.values()] == [2500, 2500]


def test_tickets_of_others_and_those_that_were_scanned_are_refused():
    booking = paid()
    ids = frozenset(ticket["_id"] for ticket in booking["tickets"])
    assert refused(booking, CARD, ticket_ids=frozenset({ObjectId()}))[0] == "validation_failed"
    booking["tickets"][0]["checked_in_at"] = NOW
    assert refused(booking, CARD, ticket_ids=ids)[0] == "already_checked_in"
    assert after(booking, CARD, ticket_ids=ids - {booking["tickets"][0]["_id"]})[0] == (2500, 0, 2500, 0)


def test_after_the_event_tickets_cannot_be_cancelled_and_money_can_go_back():
    over = CARD | {"date": NOW - timedelta(days=2)}
    booking = paid()
    assert refused(booking, over, ticket_ids=frozenset({booking["tickets"][0]["_id"]}))[0] == "event_past"
    assert after(booking, over, amount=100)[0] == (4900, 0, 100, 0)


def test_a_refund_that_an_earlier_attempt_has_made_is_not_made_again():
    booking = paid()
    ledger = ledger_of(CARD, booking)
    once = refund(booking, amount=100)
    assert [ledger.apply(once), ledger.apply(once)] == ["made", "made"]
    assert ledger.bookings[booking["_id"]]["payment"]["owed"] == 100


def test_many_refunds_at_once_stop_at_what_was_paid():
    booking = paid()
    ledger = ledger_of(CARD, booking)
    outcomes = [ledger.apply(refund(booking, amount=1000)) for _ in range(8)]
    assert outcomes[:5] == ["made"] * 5
    assert {problem.members["refundable"] for problem in outcomes[5:]} == {0}


def test_a_booking_has_a_bounded_number_of_refunds():
    booking = paid()
    ledger = ledger_of(CARD, booking)
    outcomes = [ledger.apply(refund(booking, amount=1)) for _ in range(MOST_REFUNDS + 1)]
    assert outcomes[:-1] == ["made"] * MOST_REFUNDS
    assert outcomes[-1].code == "too_many_refunds"


def pending(booking, ledger, **fields):
    """A refund of all that a booking owes, which the ledger knows."""
    found = {"_id": ObjectId(), "status": "pending", "amount": booking["payment"]["owed"]}
    found |= {"booking_id": booking["_id"], "tickets": None} | fields
    ledger.part(RefundLedger).known[found["_id"]] = found
    return found


def test_what_was_owed_is_refunded_once():
    booking = paid(amount=3000)
    booking["payment"]["owed"] = 2000
    ledger = ledger_of(CARD, booking)
    found = pending(booking, ledger)
    done = RefundDone(booking["_id"], found["_id"], 0, "re_1")
    assert [ledger.apply(done), ledger.apply(done)] == ["succeeded", "succeeded"]
    money = ledger.bookings[booking["_id"]]["payment"]
    assert (money["owed"], money["refunded"], payment.kept(money)) == (0, 2000, 3000)
    assert ledger.part(RefundLedger).done == [found["_id"]]


def test_what_failed_stays_owed_and_nothing_of_an_earlier_try_counts():
    booking = paid(amount=3000)
    booking["payment"]["owed"] = 2000
    ledger = ledger_of(CARD, booking)
    found = pending(booking, ledger)
    failed = RefundFailed(booking["_id"], found["_id"], 0, "disputed")
    assert [ledger.apply(failed), ledger.apply(failed)] == ["failed", "superseded"]
    assert ledger.apply(RefundDone(booking["_id"], found["_id"], 0, "re_1")) == "superseded"
    assert ledger.bookings[booking["_id"]]["payment"]["owed"] == 2000
    assert ledger.part(RefundLedger).changed[found["_id"]]["tries"] == 1


def test_money_that_comes_back_from_the_bank_is_owed_again():
    booking = paid(amount=3000)
    booking["payment"]["refunded"] = 2000
    ledger = ledger_of(CARD, booking)
    found = pending(booking, ledger, status="succeeded", amount=2000)
    assert ledger.apply(RefundFailed(booking["_id"], found["_id"], 0, "closed")) == "failed"
    money = ledger.bookings[booking["_id"]]["payment"]
    assert (money["owed"], money["refunded"]) == (2000, 0)
    assert ledger.part(RefundLedger).failed_late == [found["_id"]]
