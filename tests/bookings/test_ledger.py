"""What a batch of requests does to the ledger of an event: each alone, in order of arrival."""

from copy import deepcopy
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import rules
from booking_api.bookings.facts import BOOKING_CANCELLED, BOOKING_CONFIRMED, BOOKING_EXPIRED, BOOKING_HELD
from booking_api.bookings.requests import Cancellation, Expiry, HoldConfirmation
from booking_api.errors import ValidationFailed
from booking_api.events.rules import EventCancelled, EventNotFound, EventPast
from booking_api.events.stock import Line

from .ledgers import ADA, BOB, LATER, NOW, PLAIN, SEAT, STAND, TYPED, ledger_of, order, stored


def with_seat(**changes):
    """The typed event, its first type changed."""
    first, second = TYPED["ticket_types"]
    return TYPED | {"ticket_types": [first | changes, second]}


def state(ledger):
    """All that a request may change."""
    return ledger.stock.increments(), *map(
        deepcopy, (ledger.new, ledger.changed, ledger.facts, ledger.bookings, ledger.tickets_of)
    )


def test_orders_are_served_in_the_order_of_arrival():
    ledger = ledger_of()
    outcomes = [ledger.apply(order(quantity)) for quantity in (3, 4, 2, 1)]
    assert [type(outcome) for outcome in outcomes] == [dict, rules.SoldOut, dict, rules.SoldOut]
    assert outcomes[1].members == {"available_tickets": 2}
    assert outcomes[3].members == {"available_tickets": 0}
    assert ledger.new == [outcomes[0], outcomes[2]]
    assert ledger.stock.increments() == {"available_tickets": -5}


@pytest.mark.parametrize(
    ("event", "request_", "refusal"),
    [
        (PLAIN | {"available_tickets": 0}, order(), rules.SoldOut),
        (PLAIN | {"status": "draft"}, order(), EventNotFound),
        (PLAIN | {"status": "cancelled"}, order(), EventCancelled),
        (PLAIN | {"date": NOW}, order(), EventPast),
        (PLAIN | {"max_per_customer": 1}, order(2), rules.CustomerLimit),
        (PLAIN, order(6), ValidationFailed),
        (with_seat(sale_starts=LATER), order(lines=(Line(STAND, 1), Line(SEAT, 1))), rules.NotOnSale),
        (TYPED, order(lines=(Line(STAND, 1), Line(SEAT, 3))), rules.SoldOut),
        (PLAIN, Cancellation(ObjectId(), ADA), rules.BookingNotFound),
        (PLAIN, HoldConfirmation(ObjectId(), ADA), rules.BookingNotFound),
    ],
)
def test_a_refused_request_changes_nothing(event, request_, refusal):
    ledger = ledger_of(event, tickets_of={ADA: 0})
    before = state(ledger)
    assert isinstance(ledger.apply(request_), refusal)
    assert state(ledger) == before


def test_each_line_of_an_order_spends_its_own_type():
    ledger = ledger_of(TYPED)
    assert ledger.apply(order(lines=(Line(SEAT, 1), Line(STAND, 2))))["quantity"] == 3
    changes = {"ticket_types.0.available": -1, "ticket_types.1.available": -2, "available_tickets": -3}
    assert ledger.stock.increments() == changes
    assert ledger.apply(order(lines=(Line(STAND, 2),))).members["available_tickets"] == 1
    assert ledger.stock.increments() == changes


def test_tickets_given_back_can_be_booked_in_the_same_batch():
    old = stored(quantity=5)
    ledger = ledger_of(PLAIN | {"available_tickets": 0}, old)
    assert isinstance(ledger.apply(order(5, BOB)), rules.SoldOut)
    assert ledger.apply(Cancellation(old["_id"], ADA))["status"] == "cancelled"
    assert ledger.apply(order(5, BOB))["status"] == "confirmed"
    assert ledger.stock.increments() == {}


def test_a_booking_cancelled_twice_in_a_batch_gives_its_tickets_back_once():
    old = stored(TYPED, lines=[Line(SEAT, 2)])
    ledger = ledger_of(with_seat(available=0) | {"available_tickets": 3}, old)
    first, again = (ledger.apply(Cancellation(old["_id"], ADA)) for _ in range(2))
    changes = {"status": "cancelled", "cancelled_at": NOW, "cancelled_by": "customer", "version": 2}
    assert first == again == old | changes
    assert ledger.stock.increments() == {"ticket_types.0.available": 2, "available_tickets": 2}
    assert ledger.facts == [(BOOKING_CANCELLED, old["_id"], 0)]


def test_a_new_booking_can_be_cancelled_in_its_own_batch():
    ledger = ledger_of()
    booking = ledger.apply(order(2))
    assert ledger.apply(Cancellation(booking["_id"], ADA))["status"] == "cancelled"
    assert ledger.stock.increments() == {}
    assert (len(ledger.new), ledger.changed[booking["_id"]]["status"]) == (1, "cancelled")


def test_a_booking_changed_twice_in_a_batch_is_written_with_both_changes():
    hold = stored(status="held")
    ledger = ledger_of(PLAIN, hold)
    for kind in (HoldConfirmation, Cancellation):
        outcome = ledger.apply(kind(hold["_id"], ADA))
    cancelled = {"status": "cancelled", "hold_expires_at": None, "cancelled_at": NOW, "cancelled_by": "customer"}
    assert ledger.changed == {hold["_id"]: cancelled}
    assert outcome == ledger.bookings[hold["_id"]] == hold | cancelled | {"version": 3}


def test_without_an_event_orders_are_refused():
    assert isinstance(ledger_of(None).apply(order()), EventNotFound)


@pytest.mark.parametrize("kind", [Cancellation, HoldConfirmation])
def test_somebody_elses_booking_is_not_found(kind):
    hold = stored(status="held")
    ledger = ledger_of(PLAIN, hold)
    assert isinstance(ledger.apply(kind(hold["_id"], BOB)), rules.BookingNotFound)
    assert ledger.changed == {}


def test_a_booking_of_a_past_event_is_not_cancelled_but_a_cancelled_one_stays_so():
    kept, cancelled = stored(), stored(status="cancelled")
    ledger = ledger_of(PLAIN | {"date": NOW}, kept, cancelled)
    assert isinstance(ledger.apply(Cancellation(kept["_id"], ADA)), rules.CancellationClosed)
    assert ledger.apply(Cancellation(cancelled["_id"], ADA)) == cancelled
    assert ledger.changed == {}


def test_a_hold_of_a_past_event_can_be_given_up():
    hold = stored(status="held")
    ledger = ledger_of(PLAIN | {"date": NOW, "available_tickets": 3}, hold)
    assert ledger.apply(Cancellation(hold["_id"], ADA))["status"] == "cancelled"
    assert ledger.stock.increments() == {"available_tickets": 2}
    assert isinstance(ledger.apply(order(1, BOB)), EventPast)


def test_a_booking_can_be_cancelled_until_the_grace_after_a_change_is_over():
    kept = stored()
    moved = PLAIN | {"date": NOW - timedelta(hours=1), "cancel_grace_until": NOW}
    assert isinstance(ledger_of(moved, kept).apply(Cancellation(kept["_id"], ADA)), rules.CancellationClosed)
    ledger = ledger_of(moved | {"cancel_grace_until": NOW + timedelta(milliseconds=1)}, kept)
    assert ledger.apply(Cancellation(kept["_id"], ADA))["status"] == "cancelled"
    earlier = PLAIN | {"date": LATER, "cancel_grace_until": NOW - timedelta(hours=1)}
    assert ledger_of(earlier, kept).apply(Cancellation(kept["_id"], ADA))["status"] == "cancelled"


def test_a_hold_confirmed_just_before_its_end_does_not_expire():
    hold = stored(status="held", ends=NOW + timedelta(milliseconds=1))
    ledger = ledger_of(PLAIN, hold)
    first, again = (ledger.apply(HoldConfirmation(hold["_id"], ADA)) for _ in range(2))
    assert first == again == hold | {"status": "confirmed", "hold_expires_at": None, "version": 2}
    assert ledger.apply(Expiry(hold["_id"])) == first
    assert ledger.stock.increments() == {}
    assert ledger.facts == [(BOOKING_CONFIRMED, hold["_id"], 0)]


@pytest.mark.parametrize("expiry_first", [True, False])
def test_a_hold_at_its_end_expires_and_is_never_confirmed(expiry_first):
    hold = stored(status="held", ends=NOW)
    ledger = ledger_of(PLAIN | {"available_tickets": 3}, hold)
    requests = [HoldConfirmation(hold["_id"], ADA), Expiry(hold["_id"]), Expiry(hold["_id"])]
    outcomes = [ledger.apply(request) for request in (reversed(requests) if expiry_first else requests)]
    refused = outcomes.pop(2 if expiry_first else 0)
    assert isinstance(refused, rules.HoldExpired)
    assert [outcome["status"] for outcome in outcomes] == ["expired", "expired"]
    assert ledger.stock.increments() == {"available_tickets": 2}
    assert [fact for fact, *_ in ledger.facts] == [BOOKING_EXPIRED]
    assert isinstance(ledger.apply(Cancellation(hold["_id"], ADA)), rules.HoldExpired)


@pytest.mark.parametrize("status", ["confirmed", "cancelled", "expired"])
def test_an_expiry_leaves_all_but_overdue_holds_alone(status):
    booking, running = stored(status=status), stored(status="held")
    ledger = ledger_of(PLAIN, booking, running)
    assert ledger.apply(Expiry(booking["_id"])) == booking
    assert ledger.apply(Expiry(running["_id"])) == running
    assert ledger.apply(Expiry(ObjectId())) is None
    assert (ledger.changed, ledger.stock.increments()) == ({}, {})


def test_an_order_whose_booking_exists_is_answered_with_it_before_any_refusal():
    made = stored(quantity=5)
    for event in (PLAIN | {"available_tickets": 0}, PLAIN | {"date": NOW}, PLAIN | {"status": "cancelled"}):
        ledger = ledger_of(event, made, tickets_of={ADA: 5})
        assert ledger.apply(order(5, booking_id=made["_id"])) == made
        assert (ledger.new, ledger.stock.increments(), ledger.facts) == ([], {}, [])


def test_an_order_twice_in_one_batch_is_one_booking():
    ledger = ledger_of()
    twice = order(3, key="k")
    assert ledger.apply(twice) == ledger.apply(twice)
    assert ledger.new[0]["idempotency_key"] == "k"
    assert (len(ledger.new), ledger.stock.increments()) == (1, {"available_tickets": -3})


def test_the_limit_for_one_customer_counts_what_the_batch_has_done():
    old = stored(quantity=1)
    ledger = ledger_of(PLAIN | {"max_per_customer": 3}, old, tickets_of={ADA: 1})
    assert ledger.apply(order(2))["quantity"] == 2
    assert ledger.apply(order(1)).members == {"remaining": 0}
    assert ledger.apply(order(3, BOB))["quantity"] == 3
    ledger.apply(Cancellation(old["_id"], ADA))
    assert ledger.apply(order(1))["quantity"] == 1
    assert ledger.tickets_of == {ADA: 3, BOB: 3}


def test_a_type_has_its_window_and_its_own_limit():
    limited = with_seat(max_per_booking=1, sale_starts=NOW, sale_ends=LATER)
    assert isinstance(ledger_of(limited).apply(order(lines=(Line(SEAT, 2),))), ValidationFailed)
    assert ledger_of(limited).apply(order(lines=(Line(SEAT, 1),)))["amount"] == 2500
    at_the_end = ledger_of(limited | {"date": LATER + timedelta(hours=1)}, now=LATER)
    refused = at_the_end.apply(order(lines=(Line(SEAT, 1),)))
    window = {"sale_starts": "2030-01-01T00:00:00Z", "sale_ends": "2030-01-01T01:00:00Z"}
    assert refused.members == {"ticket_type_id": str(SEAT), **window}


def test_a_hold_owes_its_expiry_and_a_booking_its_confirmation():
    ledger = ledger_of()
    hold, booking = ledger.apply(order(1, hold=60)), ledger.apply(order(1))
    assert (hold["status"], hold["hold_expires_at"]) == ("held", NOW + timedelta(seconds=60))
    assert ledger.facts == [(BOOKING_HELD, hold["_id"], 60), (BOOKING_CONFIRMED, booking["_id"], 0)]
