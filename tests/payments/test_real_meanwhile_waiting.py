"""Offers of the waiting list and tickets that are given away, while a payment for them is open or on its way."""

import pytest
import stripe

from ..asserting import assert_problem, available
from ..builders import log_in_again, make_event, sign_up
from .meanwhile import AT_ONCE, ORDERS, PAID_FIRST, PAID_LAST, Till, assert_right
from .races import together
from .real import running
from .world import PRICED

each_order = pytest.mark.parametrize("when", ORDERS)


@pytest.fixture
def world(indexed, database, outgoing, clock, monkeypatch):
    """An app that takes cards; whoever calls Stripe again does not wait before."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with running(database, outgoing, clock) as made:
        yield made


class Line:
    """An event with five tickets, all held; whoever waits for them wants all."""

    def __init__(self, world, policy="first_fit"):
        self.world = world
        self.event = make_event(world.organizer, payment="stripe", waitlist_policy=policy, **PRICED)
        self.path = f"/events/{self.event['id']}/waitlist"

    def waiting(self):
        """Somebody who waits."""
        waiter = sign_up(self.world.app, "customer")
        body = {"quantity": 5, "ticket_type_id": self.event["ticket_types"][0]["id"]}
        answer = waiter.post(self.path, body)
        assert answer.status_code == 201, answer.json
        return waiter

    def status(self, waiter):
        """What has become of somebody's entry."""
        return log_in_again(waiter).get(self.path).json["status"]

    def offered(self, waiter, *, processing=False):
        """The offer of somebody, who has begun to pay it."""
        entry = waiter.get(self.path).json
        assert entry["status"] == "offered"
        booking = waiter.get(f"/bookings/{entry['booking_id']}").json
        return Till(self.world, event=self.event, customer=waiter, booking=booking, processing=processing)


@pytest.fixture
def line(world):
    """Two who wait, the first of whom has an offer."""
    made = Line(world)
    holder = Till(world, event=made.event, quantity=5)
    made.first, made.second = made.waiting(), made.waiting()
    assert holder.customer.post(f"/bookings/{holder.booking['id']}/cancel").status_code == 200
    return made


@each_order
@pytest.mark.parametrize("processing", [False, True])
def test_an_offer_whose_time_is_over_is_for_who_pays_it_or_for_the_next(line, world, clock, when, processing):
    till = line.offered(line.first, processing=processing)
    till.with_payment(when, lambda: till.run_out(clock, 61))
    till.log_in_again()
    if till.is_paid:
        till.assert_kept()
        assert (line.status(line.first), line.status(line.second)) == ("accepted", "waiting")
    else:
        assert not processing and when != PAID_FIRST
        till.assert_gone("expired")
        assert (line.status(line.first), line.status(line.second)) == ("expired", "offered")
    assert_right(world)


@each_order
@pytest.mark.parametrize("processing", [False, True])
def test_an_offer_that_is_given_up_while_it_is_paid_goes_to_the_next(line, world, when, processing):
    till = line.offered(line.first, processing=processing)
    answer = till.with_payment(when, lambda: till.customer.post(f"/bookings/{till.booking['id']}/cancel"))
    assert answer.status_code == 200, answer.json
    assert till.is_paid or not (processing or when == PAID_FIRST)
    till.assert_gone("cancelled")
    assert line.status(line.second) == "offered"
    assert_right(world)


def test_an_offer_whose_bank_says_no_after_hours_goes_to_the_next(line, world, clock):
    till = line.offered(line.first, processing=True)
    for minutes in (61, 61, 61):
        till.run_out(clock, minutes)
        assert (line.status(line.first), line.status(line.second)) == ("offered", "waiting")
    world.fake.intents.finish(till.intent, succeeded=False)
    till.work()
    till.run_out(clock, 61)
    till.log_in_again()
    till.assert_gone("expired")
    assert (line.status(line.first), line.status(line.second)) == ("expired", "offered")
    assert_right(world)


@pytest.mark.parametrize("succeeded", [True, False])
def test_nobody_is_offered_the_tickets_of_a_hold_whose_payment_is_on_its_way(world, clock, succeeded):
    line = Line(world, "strict")
    till = Till(world, event=line.event, quantity=5, processing=True)
    waiter = line.waiting()
    for minutes in (16, 61):
        till.run_out(clock, minutes)
        assert line.status(waiter) == "waiting"
    world.fake.intents.finish(till.intent, succeeded=succeeded)
    till.work()
    till.run_out(clock, 61)
    till.log_in_again()
    if succeeded:
        till.assert_kept()
    else:
        till.assert_gone("expired")
    assert line.status(waiter) == ("waiting" if succeeded else "offered")
    assert_right(world)


@each_order
def test_an_event_that_is_cancelled_while_an_offer_is_paid_gives_the_money_back(line, world, when):
    till = line.offered(line.first)
    answer = till.with_payment(when, lambda: world.organizer.post(f"/events/{line.event['id']}/cancel"))
    assert answer.status_code == 200, answer.json
    till.assert_gone("cancelled")
    assert available(till.customer, line.event) == 5
    assert_right(world)


def give(till, number=0, name="Zoe"):
    """Give a ticket of a booking to somebody."""
    ticket = till.customer.get(f"/bookings/{till.booking['id']}").json["tickets"][number]
    path = f"/bookings/{till.booking['id']}/tickets/{ticket['id']}/transfer"
    return till.customer.post(path, {"name": name, "email": "zoe@example.com"})


@each_order
@pytest.mark.parametrize("processing", [False, True])
def test_a_ticket_can_be_given_away_once_it_was_paid(world, when, processing):
    till = Till(world, processing=processing)
    answer = till.with_payment(when, lambda: give(till))
    if when == PAID_FIRST or (when == AT_ONCE and answer.status_code == 200):
        assert answer.status_code == 200, answer.json
    else:
        assert_problem(answer, 409, "booking_held")
        assert give(till).status_code == 200
    till.assert_kept()
    shown = till.customer.get(f"/bookings/{till.booking['id']}").json
    assert [each["attendee_name"] for each in shown["tickets"]] == ["Zoe", None]
    assert_right(world)


@each_order
def test_a_ticket_that_is_given_away_while_it_is_refunded_is_paid_back_once(world, when):
    till = Till(world)
    till.pay()
    till.work()
    first, _ = till.customer.get(f"/bookings/{till.booking['id']}").json["tickets"]
    path = f"/events/{till.event['id']}/bookings/{till.booking['id']}/refunds"

    def refund():
        assert world.organizer.post(path, {"ticket_ids": [first["id"]]}).status_code == 201

    acts = [refund, lambda: give(till)]
    if when == AT_ONCE:
        together(1, *acts)
    else:
        for act in acts if when == PAID_LAST else reversed(acts):
            act()
    till.hurry()
    shown = till.customer.get(f"/bookings/{till.booking['id']}").json
    assert (shown["status"], shown["quantity"], shown["payment"]["refunded"]) == ("confirmed", 1, 2500)
    back = world.fake.refunds.list({"payment_intent": till.intent})["data"]
    assert [each["amount"] for each in back] == [2500]
    assert_right(world)
