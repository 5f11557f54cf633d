"""One account cannot keep tickets from all others by holding them: so many at once, and not again and again."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.codes import draw_keys
from booking_api.bookings.expiring import HoldExpiry
from booking_api.bookings.holds import NOT_YET, CustomerHolds, HoldCooldown
from booking_api.bookings.ledger import EventLedger
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation, Expiry, HoldConfirmation
from booking_api.bookings.rules import CustomerLimit, SoldOut
from booking_api.bookings.service import BookingService
from booking_api.bookings.store import BookingStore
from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner

from ..asserting import assert_problem, available
from ..builders import book, make_event
from .ledgers import PLAIN

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADA, BOB, SEAT, STAND = (ObjectId() for _ in range(4))
EVENT = PLAIN | {"date": NOW + timedelta(days=9), "available_tickets": 100, "max_per_booking": 20}
OPEN = {"price": 0, "sale_starts": None, "sale_ends": None, "max_per_booking": None}
TYPED = EVENT | {
    "ticket_types": [
        {"_id": SEAT, "name": "Seat", "available": 5, **OPEN},
        {"_id": STAND, "name": "Stand", "available": 95, **OPEN},
    ]
}


def ledger_of(event=EVENT, **holds):
    """The ledger of an event of which Ada held these before."""
    return EventLedger(event, {}, {}, NOW, draw_keys, {ADA: CustomerHolds(**holds), BOB: CustomerHolds()})


def hold(quantity=1, customer=ADA, *, type_id=None, seconds=900):
    """An order that holds tickets, of which 20 can be held at once."""
    return Order(ObjectId(), customer, (Line(type_id, quantity),), seconds, max_held=20)


def held(ledger, *args, **options):
    """A hold that the ledger has granted."""
    booking = ledger.apply(hold(*args, **options))
    assert isinstance(booking, dict), booking
    return booking


def give_up(ledger, booking):
    """Cancel it for its customer."""
    assert ledger.apply(Cancellation(booking["_id"], booking["customer_id"]))["status"] == "cancelled"


def few_left(available):
    """The event with few tickets left."""
    return EVENT | {"available_tickets": available}


def test_a_customer_holds_up_to_the_limit_and_hears_how_many_remain():
    ledger = ledger_of(held=15)
    refused = ledger.apply(hold(6))
    assert isinstance(refused, CustomerLimit)
    assert refused.members == {"remaining": 5}
    assert refused.detail == "At most 20 tickets of an event can be held at once, and you hold 15 already."
    held(ledger, 5)
    assert ledger.apply(hold(1)).members == {"remaining": 0}
    held(ledger, 20, BOB)


def test_two_holds_of_one_batch_count_together():
    ledger = ledger_of()
    first, second = (ledger.apply(hold(11)) for _ in range(2))
    assert (first["status"], second.members) == ("held", {"remaining": 9})
    assert ledger.stock.increments() == {"available_tickets": -11}


def test_confirmed_tickets_are_not_held_any_more():
    ledger = ledger_of()
    for _ in range(3):
        booking = held(ledger, 20)
        assert ledger.apply(HoldConfirmation(booking["_id"], ADA))["hold_ended_at"] is None
    assert ledger.apply(Order(ObjectId(), ADA, (Line(None, 20),)))["status"] == "confirmed"
    assert ledger.holds_of[ADA] == CustomerHolds()


def test_a_confirmed_hold_that_is_cancelled_is_no_hold_that_came_to_nothing():
    ledger = ledger_of(few_left(2))
    for _ in range(3):
        booking = held(ledger, 2)
        ledger.apply(HoldConfirmation(booking["_id"], ADA))
        give_up(ledger, booking)
    held(ledger, 2)


def test_hold_cancel_and_hold_in_one_batch_meet_the_cooldown():
    ledger = ledger_of(few_left(3))
    for _ in range(2):
        give_up(ledger, held(ledger, 2))
    refused = ledger.apply(hold(1))
    assert isinstance(refused, HoldCooldown)
    assert refused.retry_after_seconds == 900
    assert ledger.apply(Order(ObjectId(), ADA, (Line(None, 1),)))["status"] == "confirmed"
    held(ledger, 2, BOB)


def test_a_hold_that_ran_out_counts_from_its_end_and_not_from_when_that_was_noticed():
    ledger = ledger_of(few_left(3))
    give_up(ledger, held(ledger, 2))
    overdue = held(ledger, 2, seconds=-300)
    assert ledger.apply(Expiry(overdue["_id"]))["hold_ended_at"] == NOW - timedelta(minutes=5)
    assert ledger.apply(hold(1)).retry_after_seconds == 900


@pytest.mark.parametrize(("minutes", "wait"), [(0, 900), (5, 600), (14.99, 1), (15, None), (59, None)])
def test_the_cooldown_is_over_15_minutes_after_the_latest_end(minutes, wait):
    ledger = ledger_of(few_left(3), ended=2, last_end=NOW - timedelta(minutes=minutes), given_back={None: 4})
    outcome = ledger.apply(hold(1))
    assert getattr(outcome, "retry_after_seconds", None) == wait
    assert isinstance(outcome, HoldCooldown if wait else dict)


def test_there_is_no_cooldown_while_as_many_are_on_sale_as_were_held():
    ledger = ledger_of(few_left(4))
    for _ in range(2):
        give_up(ledger, held(ledger, 2))
    give_up(ledger, held(ledger, 1))  # 4 on sale, 4 were held
    assert isinstance(ledger.apply(hold(1)), HoldCooldown)  # 4 on sale, 5 were held


def test_one_hold_that_came_to_nothing_is_free():
    ledger = ledger_of(few_left(2))
    give_up(ledger, held(ledger, 2))
    held(ledger, 2)


def test_each_ticket_type_is_judged_by_what_was_held_of_it():
    ledger = ledger_of(TYPED)
    for _ in range(2):
        give_up(ledger, held(ledger, 4, type_id=SEAT))
    assert isinstance(ledger.apply(hold(1, type_id=SEAT)), HoldCooldown)
    held(ledger, 1, type_id=STAND)


def test_who_wants_more_than_is_left_hears_so_before_any_cooldown():
    ledger = ledger_of(few_left(3), ended=2, last_end=NOW, given_back={None: 4})
    assert isinstance(ledger.apply(hold(4)), SoldOut)


def test_a_hold_that_was_not_the_customers_wish_does_not_count():
    ledger = ledger_of(few_left(20))
    for _ in range(2):
        offer = ledger.apply(Order(ObjectId(), ADA, (Line(None, 10),), 900))
        assert "hold_ended_at" not in offer
        give_up(ledger, offer)
    assert ledger.holds_of[ADA] == CustomerHolds()
    assert held(ledger, 20)["hold_ended_at"] == NOT_YET


@pytest.fixture
def small(organizer):
    """A published event with four tickets."""
    return make_event(organizer, total_tickets=4)


def ask_to_hold(customer, event, quantity=2):
    return customer.post("/bookings", {"event_id": event["id"], "quantity": quantity, "hold": True})


def hold_and_give_up(customer, event, quantity=2):
    booking = book(customer, event, quantity, hold=True)
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200


def test_the_limit_of_held_tickets_is_told_over_http_and_counts_each_event(customer, organizer):
    first, second = (make_event(organizer, total_tickets=100) for _ in range(2))
    assert [ask_to_hold(customer, first, 10).status_code for _ in range(2)] == [201, 201]
    assert assert_problem(ask_to_hold(customer, first, 1), 409, "customer_limit")["remaining"] == 0
    assert ask_to_hold(customer, second, 1).status_code == 201
    assert book(customer, first, 10)["status"] == "confirmed"


def test_who_gives_holds_up_again_and_again_waits_and_may_book_meanwhile(customer, as_role, small, clock):
    for _ in range(2):
        hold_and_give_up(customer, small)
        clock.advance(minutes=1)
    hold_and_give_up(customer, small)  # four are on sale, four were held
    refused = ask_to_hold(customer, small, 1)
    problem = assert_problem(refused, 409, "hold_cooldown")
    assert refused.headers["Retry-After"] == "900"
    what = "3 of your holds of this event came to nothing"
    assert problem["detail"] == f"{what}: hold tickets again in 900 s, or book them."
    assert ask_to_hold(as_role("customer"), small).status_code == 201
    assert book(customer, small, 1)["status"] == "confirmed"
    clock.advance(minutes=15)
    assert ask_to_hold(customer, small, 1).status_code == 201


def test_holds_that_ran_out_count_like_those_given_up(app, customer, small, clock):
    for _ in range(2):
        assert ask_to_hold(customer, small, 3).status_code == 201
        clock.advance(minutes=16)
        services_of(app)[JobRunner].run(services_of(app)[Outbox].upcoming(100)[0])
        assert available(customer, small) == 4
    refused = ask_to_hold(customer, small, 1)
    assert_problem(refused, 409, "hold_cooldown")
    assert refused.headers["Retry-After"] == "840"


def test_the_expiry_of_a_hold_that_was_given_up_takes_no_turn_on_its_event(app, customer, event, clock, monkeypatch):
    for _ in range(5):
        hold_and_give_up(customer, event, 1)
    clock.advance(minutes=15)
    services = services_of(app)
    applied = []
    monkeypatch.setattr(services[BookingService]._sales, "apply", lambda *request: applied.append(request))
    expiries = list(services[Outbox].collection.find({"kind": EXPIRE_HOLD}))
    for job in expiries:
        services[HoldExpiry].expire(job)
    assert (len(expiries), applied) == (5, [])


def test_what_ended_more_than_an_hour_ago_is_forgotten(customer, small, clock):
    for _ in range(2):
        hold_and_give_up(customer, small, 3)
    clock.advance(minutes=60)
    hold_and_give_up(customer, small, 3)
    assert ask_to_hold(customer, small, 3).status_code == 201


def test_a_hold_that_the_version_before_has_ended_counts_no_more(app, customer, small, clock):
    store = services_of(app)[BookingStore]
    booking = ask_to_hold(customer, small, 3).json["id"]
    store.collection.update_one({}, {"$set": {"status": "confirmed"}})  # it did not note the end of a hold
    both = ObjectId(small["id"]), ObjectId(customer.user["id"])
    assert store.load_holds({both: 20}, clock.now, None)[both] == CustomerHolds()
    assert customer.post(f"/bookings/{booking}/cancel").status_code == 200
    assert store.load_holds({both: 20}, clock.now - timedelta(hours=1), None)[both] == CustomerHolds()
