"""What cancelling some tickets of a booking does to the ledger of an event."""

import pytest
from bson import ObjectId

from booking_api.bookings import rules, ticket_rules
from booking_api.bookings.requests import Cancellation
from booking_api.errors import ValidationFailed
from booking_api.events.stock import Line

from .ledgers import ADA, BOB, LATER, NOW, PLAIN, SEAT, STAND, TYPED, ledger_of, order, stored


def cancel(booking, *numbers, customer=ADA):
    """The request to cancel the tickets with these numbers."""
    return Cancellation(booking["_id"], customer, frozenset(booking["tickets"][number]["_id"] for number in numbers))


@pytest.fixture
def old():
    """A booking of two seats and a place to stand."""
    return stored(TYPED, lines=[Line(SEAT, 2), Line(STAND, 1)])


@pytest.fixture
def ledger(old):
    """The ledger of its event."""
    return ledger_of(TYPED, old, tickets_of={ADA: 3})


def test_some_tickets_are_cancelled_and_the_rest_stays_confirmed(ledger, old):
    after = ledger.apply(cancel(old, 1))
    seat, stand = old["items"]
    assert after["items"] == [seat | {"quantity": 1}, stand]
    assert (after["status"], after["quantity"], after["amount"], after["version"]) == ("confirmed", 2, 3500, 2)
    assert after["tickets"][1] == old["tickets"][1] | {"cancelled_at": NOW, "price": 2500}
    assert [after["tickets"][0], after["tickets"][2]] == [old["tickets"][0], old["tickets"][2]]
    assert after["cancelled_at"] is None and after["cancelled_by"] is None
    assert ledger.stock.increments() == {"ticket_types.0.available": 1, "available_tickets": 1}
    assert ledger.tickets_of == {ADA: 2}


def test_an_item_without_tickets_is_dropped(ledger, old):
    after = ledger.apply(cancel(old, 2))
    assert after["items"] == old["items"][:1]
    assert ledger.stock.increments() == {"ticket_types.1.available": 1, "available_tickets": 1}


def test_the_same_twice_changes_nothing_more(ledger, old):
    first = ledger.apply(cancel(old, 0, 2))
    assert ledger.apply(cancel(old, 0, 2)) == ledger.apply(cancel(old, 2)) == first
    gone = [old["tickets"][number]["_id"] for number in (0, 2)]
    assert ledger.tickets_cancelled == [{"booking_id": old["_id"], "ticket_ids": gone}]
    (told,) = ledger.stock.changes
    assert told["data"]["cancelled_ticket_ids"] == gone
    assert (told["type"], told["data"]["booking"]["status"]) == ("booking.cancelled", "confirmed")
    assert told["data"]["booking"]["quantity"] == 1 and told["data"]["booking"]["amount"] == 2500
    assert ledger.facts == []


def test_a_ticket_named_with_others_that_are_gone_is_cancelled_alone(ledger, old):
    ledger.apply(cancel(old, 0))
    after = ledger.apply(cancel(old, 0, 1))
    assert (after["quantity"], ledger.stock.increments()["ticket_types.0.available"]) == (1, 2)
    assert ledger.tickets_cancelled[1]["ticket_ids"] == [old["tickets"][1]["_id"]]


def test_all_of_the_tickets_are_the_booking_itself(old):
    without, named = (ledger_of(TYPED, old, tickets_of={ADA: 3}) for _ in range(2))
    plain = without.apply(Cancellation(old["_id"], ADA))
    assert named.apply(cancel(old, 2, 1, 0)) == plain
    assert named.changed == without.changed and named.facts == without.facts
    assert named.tickets_cancelled == []


def test_the_last_tickets_end_the_booking(ledger, old):
    ledger.apply(cancel(old, 0))
    after = ledger.apply(cancel(old, 1, 2))
    assert (after["status"], after["quantity"], after["amount"]) == ("cancelled", 2, 3500)
    assert ledger.stock.increments() == {
        "ticket_types.0.available": 2,
        "ticket_types.1.available": 1,
        "available_tickets": 3,
    }
    assert ledger.tickets_of == {ADA: 0}
    assert ledger.changed[old["_id"]]["version"] == after["version"]
    assert "cancelled_ticket_ids" not in ledger.stock.changes[1]["data"]


def test_what_is_given_back_may_be_booked_again_within_the_limit_for_one_customer():
    old = stored(PLAIN, 3)
    full = PLAIN | {"max_per_customer": 3, "available_tickets": 0}
    ledger = ledger_of(full, old, tickets_of={ADA: 3})
    assert isinstance(ledger.apply(order(1)), rules.CustomerLimit)
    ledger.apply(cancel(old, 0))
    assert ledger.apply(order(1))["quantity"] == 1
    assert isinstance(ledger.apply(order(1)), rules.CustomerLimit)


@pytest.mark.parametrize(
    ("changes", "numbers", "refusal"),
    [
        ({"status": "held"}, [0], ticket_rules.BookingHeld),
        ({"status": "expired"}, [0], rules.HoldExpired),
        ({"scanned": 0}, [0, 1], ticket_rules.AlreadyCheckedIn),
        ({"scanned": 0}, [0, 1, 2], ticket_rules.AlreadyCheckedIn),
        ({"scanned": 0}, None, ticket_rules.AlreadyCheckedIn),
        ({"event": {"date": NOW}}, [0], rules.CancellationClosed),
        ({"customer": BOB}, [0], rules.BookingNotFound),
        ({"unknown": True}, [0], ValidationFailed),
        ({"unknown": True, "status": "cancelled"}, [0], ValidationFailed),
    ],
)
def test_a_refused_cancel_changes_nothing(old, changes, numbers, refusal):
    old |= {"status": changes.get("status", "confirmed"), "hold_expires_at": LATER}
    if "scanned" in changes:
        old["tickets"][changes["scanned"]]["checked_in_at"] = NOW
    ledger = ledger_of(TYPED | changes.get("event", {}), old)
    request = cancel(old, *numbers) if numbers else Cancellation(old["_id"], ADA)
    if changes.get("unknown"):
        request = Cancellation(old["_id"], ADA, request.ticket_ids | {ObjectId()})
    if "customer" in changes:
        request = cancel(old, *numbers, customer=changes["customer"])
    refused = ledger.apply(request)
    assert isinstance(refused, refusal)
    assert (ledger.changed, ledger.stock.increments(), ledger.tickets_cancelled, ledger.facts) == ({}, {}, [], [])
    if refusal is ticket_rules.AlreadyCheckedIn:
        assert refused.members == {"checked_in_at": "2030-01-01T00:00:00Z"}


def test_tickets_that_were_not_scanned_can_be_cancelled_beside_one_that_was(ledger, old):
    old["tickets"][0]["checked_in_at"] = NOW
    assert ledger.apply(cancel(old, 1, 2))["quantity"] == 1


def test_a_hold_is_given_up_as_a_whole_by_naming_all_of_it(old):
    hold = old | {"status": "held", "hold_expires_at": LATER}
    assert ledger_of(TYPED, hold).apply(cancel(hold, 0, 1, 2))["status"] == "cancelled"
