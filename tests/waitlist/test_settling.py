"""Who is offered the tickets that a transaction has freed, under both policies."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.waitlist import settling
from booking_api.waitlist.queue import Queue
from booking_api.waitlist.requests import ServeWaitlist

from ..bookings.ledgers import LATER, NOW, OPEN, PLAIN, SEAT, STAND
from .lists import OFFER_SECONDS, SOLD_OUT, Listed, given_back, ledger_with, settle, waiter

GROUPS = [waiter(1, 5, 3), waiter(2, 5, 3), waiter(3, 1)]
ADA = ObjectId()


@pytest.mark.parametrize(
    ("policy", "freed", "offers", "left"),
    [
        ("first_fit", 2, [(3, 1)], 1),
        ("first_fit", 3, [(1, 3)], 0),
        ("first_fit", 7, [(1, 5), (3, 1)], 1),
        ("first_fit", 8, [(1, 5), (2, 3)], 0),
        ("strict", 2, [], 2),
        ("strict", 3, [(1, 3)], 0),
        ("strict", 7, [(1, 5)], 2),
        ("strict", 8, [(1, 5), (2, 3)], 0),
        ("strict", 10, [(1, 5), (2, 5)], 0),
    ],
)
def test_groups_of_five_take_three_and_are_not_overtaken_if_it_is_strict(policy, freed, offers, left):
    listed = Listed(*GROUPS)
    ledger = given_back(listed, freed, waitlist_policy=policy)
    assert settle(ledger, listed) == offers
    assert ledger.stock.available_of(None) == left
    assert ledger.stock.sets["waitlist"]["waiting"] == 3 - len(offers) if offers else True


def test_an_offer_is_a_hold_with_its_own_time_that_no_customer_has_asked_for():
    listed = Listed(waiter(1, 2, customer=ADA))
    ledger = given_back(listed, 2)
    settle(ledger, listed)
    (booking,) = ledger.new
    assert (booking["status"], booking["customer_id"]) == ("held", ADA)
    assert booking["hold_expires_at"] == NOW + timedelta(seconds=OFFER_SECONDS)
    assert "hold_ended_at" not in booking
    changes = Queue.of(ledger).changed[listed.entries[0]["_id"]]
    assert (changes["status"], changes["booking_id"]) == ("offered", booking["_id"])
    assert changes["offer"] == {"quantity": 2, "available": 2, "most": 10, "strict": False, "passed": []}
    assert [change["type"] for change in ledger.stock.changes][1:] == ["booking.held", "waitlist.offered"]


@pytest.mark.parametrize("name", ["sale_ends", "end_date", "date"])
def test_an_offer_never_outlasts_the_sale(name):
    listed = Listed(waiter(1))
    ends = NOW + timedelta(seconds=20)
    ledger = given_back(listed, 1, **{"date": ends, "end_date": None, name: ends})
    settle(ledger, listed)
    assert ledger.new[0]["hold_expires_at"] == ends


@pytest.mark.parametrize("fields", [{"sale_ends": NOW}, {"sale_starts": LATER}, {"status": "cancelled"}])
def test_nothing_is_offered_while_nothing_is_sold(fields):
    listed = Listed(waiter(1))
    assert settle(given_back(listed, 1, **fields), listed) == []


def test_each_type_is_offered_to_who_waits_for_it():
    types = [{"_id": each, "name": "A", "price": 1, "total": 9, "available": 2, **OPEN} for each in (SEAT, STAND)]
    listed = Listed(waiter(1, 3, type_id=SEAT), waiter(2, 2, type_id=STAND), waiter(3, 2, type_id=SEAT))
    event = {"ticket_types": types, "available_tickets": 4, "waitlist_policy": "strict"}
    ledger = ledger_with(listed, **event)
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == [(2, 2)]
    assert ledger.stock.available_of(SEAT) == 2


def test_who_has_given_the_tickets_back_comes_last():
    listed = Listed(waiter(1, customer=ADA), waiter(2), waiter(3))
    assert settle(given_back(listed, 2, customers=[ADA]), listed) == [(2, 1), (3, 1)]
    assert settle(given_back(listed, 3, customers=[ADA]), listed) == [(2, 1), (3, 1), (1, 1)]


def test_who_has_given_back_tickets_of_another_type_keeps_their_place():
    types = [{"_id": each, "name": "A", "price": 1, "total": 9, "available": 0, **OPEN} for each in (SEAT, STAND)]
    listed = Listed(waiter(1, customer=ADA, type_id=SEAT), waiter(2, type_id=SEAT))
    ledger = ledger_with(listed, ticket_types=types)
    ledger.given_back[ADA, STAND] = 1
    ledger.stock.put_back([{"ticket_type_id": SEAT, "quantity": 1}])
    assert settle(ledger, listed) == [(1, 1)]


@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_who_may_have_no_more_is_passed_over_and_leaves_the_queue(policy):
    listed = Listed(waiter(1, 2, customer=ADA), waiter(2, 2), tickets_of={ADA: 3})
    ledger = given_back(listed, 4, max_per_customer=4, waitlist_policy=policy)
    assert settle(ledger, listed) == [(2, 2)]
    assert Queue.of(ledger).changed[listed.entries[0]["_id"]] == {"queued": False, "blocks": [[8]]}
    assert listed.counted == 1
    assert ledger.stock.sets["waitlist"]["waiting"] == 1
    assert "reserved_from" not in ledger.stock.sets  # what is left is for everybody


def test_who_may_have_fewer_than_wanted_is_offered_those():
    listed = Listed(waiter(1, 4, 1, customer=ADA), tickets_of={ADA: 2})
    assert settle(given_back(listed, 9, max_per_customer=4), listed) == [(1, 2)]


def test_who_has_given_tickets_back_may_have_some_again():
    listed = Listed(waiter(1, 2, customer=ADA, queued=False, blocks=[[3]]), tickets_of={ADA: 4})
    ledger = given_back(listed, 2, customers=[ADA], max_per_customer=4)
    assert settle(ledger, listed) == [(1, 2)]
    assert Queue.of(ledger).changed[listed.entries[0]["_id"]]["blocks"] == [[3, 8]]


def test_who_has_given_tickets_back_and_may_have_some_again_comes_last_too():
    listed = Listed(waiter(1, 2, customer=ADA, queued=False, blocks=[[3]]), waiter(2), tickets_of={ADA: 4})
    ledger = given_back(listed, 3, customers=[ADA], max_per_customer=4)
    assert settle(ledger, listed) == [(2, 1), (1, 2)]
    assert Queue.of(ledger).changed[listed.entries[1]["_id"]]["offer"]["passed"] == [1]


def test_nothing_is_offered_before_those_whom_an_edit_lets_in_have_their_places():
    listed = Listed(waiter(1, queued=False, blocks=[[3]]), waiter(2))
    ledger = given_back(listed, 1, max_per_customer=4, reserved_from=NOW)
    ledger.event["waitlist"] |= {"due": True, "unblock": True}
    assert settle(ledger, listed) == []
    job = ledger_with(listed, available_tickets=1, max_per_customer=4, reserved_from=NOW)
    job.event["waitlist"] |= {"due": True, "unblock": True}
    job.apply(ServeWaitlist())
    assert settle(job, listed) == []
    assert Queue.of(job).changed[listed.entries[0]["_id"]]["queued"] is True
    assert Queue.of(job).served.more is True


def test_who_gives_tickets_back_while_others_are_closed_may_have_some_again():
    listed = Listed(waiter(1, customer=ADA, queued=False, blocks=[[3]]), waiter(2, 11), tickets_of={ADA: 4})
    ledger = given_back(listed, 1, customers=[ADA], max_per_customer=4)
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == []
    changed = Queue.of(ledger).changed
    assert changed[listed.entries[0]["_id"]]["queued"] is True
    assert changed[listed.entries[1]["_id"]]["status"] == "closed"


def test_a_job_puts_each_entry_back_into_the_queue_once(monkeypatch):
    monkeypatch.setattr(settling, "MOST_BLOCKED", 1)
    listed = Listed(waiter(1, customer=ADA), waiter(2), tickets_of={ADA: 4})
    ledger = ledger_with(listed, available_tickets=1, max_per_customer=4, reserved_from=NOW)
    ledger.event["waitlist"] |= {"due": True, "unblock": True}
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == []
    counts = ledger.stock.sets["waitlist"]
    assert (counts["due"], "unblock" in counts) == (True, False)


@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_more_offers_than_a_transaction_takes_are_left_to_a_job_and_to_nobody_else(policy, monkeypatch):
    monkeypatch.setattr(settling, "MOST_OFFERS", 2)
    listed = Listed(*(waiter(number) for number in range(1, 5)))
    ledger = given_back(listed, 4, waitlist_policy=policy)
    assert settle(ledger, listed) == [(1, 1), (2, 1)]
    assert ledger.stock.sets["reserved_from"] == NOW
    assert ledger.stock.sets["waitlist"]["due"] is True
    assert Queue.of(ledger).due_at == NOW


def test_those_who_came_last_still_do_when_a_job_goes_on(monkeypatch):
    monkeypatch.setattr(settling, "MOST_OFFERS", 1)
    listed = Listed(waiter(1, customer=ADA), waiter(2), waiter(3))
    ledger = given_back(listed, 2, customers=[ADA])
    assert settle(ledger, listed) == [(2, 1)]
    counts = ledger.stock.sets["waitlist"]
    assert counts["givers"] == [listed.entries[0]["_id"]]
    rest = Listed(listed.entries[0], listed.entries[2])
    later = ledger_with(rest, available_tickets=1, reserved_from=NOW)
    later.event["waitlist"] = counts
    assert later.apply(ServeWaitlist()).more is False
    assert settle(later, rest) == [(3, 1)]
    assert later.stock.sets["reserved_from"] is None
    assert later.stock.sets["waitlist"].keys() == {"last", "waiting", "turn"}


def test_a_strict_list_alone_is_served_while_anybody_waits_who_may_have_tickets():
    listed = Listed(waiter(1, 5))
    ledger = given_back(listed, 3, waitlist_policy="strict")
    assert settle(ledger, listed) == []
    assert ledger.stock.sets == {"reserved_from": NOW}
    offered = given_back(listed, 5, waitlist_policy="strict", reserved_from=NOW)
    assert settle(offered, listed) == [(1, 5)]
    assert offered.stock.sets["reserved_from"] is None


def test_a_long_list_is_not_read():
    listed = Listed(*(waiter(number, 2) for number in range(1, 5000)))
    assert settle(given_back(listed, 4), listed) == [(1, 2), (2, 2)]
    assert listed.read <= 5


def test_a_job_closes_what_can_have_nothing_more_before_it_offers_anything():
    listed = Listed(waiter(1, type_id=SEAT), waiter(2, 11), waiter(3))
    ledger = ledger_with(listed, available_tickets=1, reserved_from=NOW)
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == []
    queue = Queue.of(ledger)
    assert queue.served.more is True
    assert [listed.entries[index]["_id"] in queue.changed for index in range(3)] == [True, True, False]
    assert [fact.name for fact, _ in queue.facts] == ["waitlist.closed"] * 2


def test_the_list_is_served_alone_again_once_a_sale_begins():
    listed = Listed(waiter(1))
    ledger = ledger_with(listed, available_tickets=1, reserved_from=NOW, sale_starts=LATER, date=LATER + timedelta(1))
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == []
    assert ledger.stock.sets["reserved_from"] == LATER
    assert Queue.of(ledger).due_at == LATER


def test_an_event_without_a_list_is_left_as_it_is():
    assert SOLD_OUT.keys() == PLAIN.keys()
