"""What the audit of waiting lists finds, given what is stored."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.waitlist.audit import GRACE, faults
from booking_api.waitlist.overtaking import overtaken

from ..bookings.ledgers import NOW, SEAT
from .lists import SOLD_OUT, Listed, listed_event, waiter

OFFER = {"quantity": 1, "available": 1, "most": 10, "strict": False, "passed": []}


def offered(number, turn=8, least=1, **offer):
    """An entry that was offered tickets at a turn."""
    fields = {"status": "offered", "queued": False, "turn": turn, "booking_id": ObjectId(), "offer": OFFER | offer}
    return waiter(number, least) | fields


def found(*entries, held=None, now=NOW, **fields):
    """The faults of an event with this list, whose offers are held unless other bookings are."""
    event = listed_event(Listed(*entries), **fields)
    if "waitlist" not in fields:
        event["waitlist"]["waiting"] = sum(entry["status"] == "waiting" for entry in entries)
    bookings = {entry["booking_id"]: entry["_id"] for entry in entries if entry["status"] == "offered"}
    return list(faults(event, list(entries), bookings if held is None else held, now))


def test_a_list_that_is_right_has_no_faults():
    assert found(offered(1), waiter(2, 2), available_tickets=1) == []
    assert found() == []


def test_a_customer_waits_once():
    customer = ObjectId()
    assert found(waiter(1, customer=customer), waiter(2, customer=customer)) == ["a customer waits twice"]


@pytest.mark.parametrize("held", [{}, {ObjectId(): ObjectId()}])
def test_an_offer_is_a_held_booking_and_the_other_way_round(held):
    (fault,) = found(offered(1), held=held)
    assert "and they differ" in fault
    assert (found(held=held) == []) is not bool(held)


def test_what_is_open_waits_or_is_offered():
    assert found(waiter(1) | {"status": "left"}) == ["an entry is open that has ended, or the reverse"]


def test_an_event_knows_how_many_wait():
    wrong = {"last": 1, "waiting": 2, "turn": 0}
    assert found(waiter(1), waitlist=wrong) == ["2 wait, as it says, and 1 do"]
    assert found(waiter(2), waitlist=wrong | {"waiting": 1}) == ["its latest entry has another number than it says"]


def test_nobody_waits_for_what_is_on_sale():
    fault = ["somebody waits for tickets that are on sale"]
    assert found(waiter(1, 2), available_tickets=2) == fault
    assert found(waiter(1, 2), available_tickets=1) == []
    assert found(waiter(1, 2, queued=False), available_tickets=2) == []
    assert found(waiter(1, 2), available_tickets=2, reserved_from=NOW) == []
    assert found(waiter(1, 2), available_tickets=2, sale_ends=NOW) == []
    assert found(waiter(1, 2, type_id=SEAT), available_tickets=2) == []


def test_a_list_is_served_alone_while_offers_are_due_or_it_is_strict():
    due = {"last": 1, "waiting": 1, "turn": 0, "due": True}
    late = NOW + GRACE + timedelta(seconds=1)
    assert found(waiter(1), waitlist=due) == ["others than its list are served"]
    assert found(waiter(1), waitlist_policy="strict") == ["others than its list are served"]
    assert found(waiter(1), waitlist_policy="strict", reserved_from=NOW) == []
    event = {"reserved_from": NOW, "date": late + timedelta(1)}
    assert found(waiter(1), now=late, **event) == ["its list alone is served, and nothing is due"]
    assert found(waiter(1), now=late, waitlist=due, **event) == ["its list has waited for too long"]
    assert found(waiter(1), now=late, waitlist_policy="strict", **event) == []


@pytest.mark.parametrize(
    ("earlier", "is_fault"),
    [
        (waiter(1), True),
        (waiter(1, 2), False),
        (waiter(1, type_id=SEAT), False),
        (waiter(1) | {"status": "left", "turn": 9}, True),
        (waiter(1) | {"status": "left", "turn": 7}, False),
        (waiter(1, blocks=[[6]]), False),
        (waiter(1, blocks=[[6, 8]]), True),
        (waiter(1, blocks=[[6, 9]]), False),
        (offered(1, turn=9), True),
        (offered(1, turn=7), False),
    ],
)
def test_who_waited_and_fitted_was_overtaken(earlier, is_fault):
    assert overtaken([earlier, offered(2)]) == ([(1, 2)] if is_fault else [])


def test_who_fits_only_with_more_tickets_was_not_overtaken_unless_it_is_strict():
    assert overtaken([waiter(1, 3), offered(2, available=2)]) == []
    assert overtaken([waiter(1, 3), offered(2, available=2, strict=True)]) == [(1, 2)]
    assert overtaken([waiter(1, 3), offered(2, available=9, most=2, strict=True)]) == []


def test_who_had_given_the_tickets_back_was_not_overtaken():
    assert overtaken([waiter(1), offered(2, passed=[1])]) == []
    assert overtaken([waiter(1), offered(2, passed=[1]), offered(3, turn=9)]) == [(1, 3)]


def test_all_offers_of_a_long_list_are_compared():
    entries = [offered(number, turn=number) for number in range(1, 3000)]
    assert overtaken(entries) == []
    entries[10] = waiter(11)
    assert len(overtaken(entries)) == len(entries) - 11


def test_bookings_of_a_cancelled_event_may_be_cancelled_a_little_later():
    cancelled = {"status": "cancelled", "updated_at": NOW}
    assert found(offered(1), held={}, **cancelled) == []
    late = NOW + GRACE + timedelta(seconds=1)
    assert len(found(offered(1), held={}, now=late, **cancelled)) == 1
    assert SOLD_OUT["status"] == "published"
