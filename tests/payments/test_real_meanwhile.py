"""An event that is cancelled, a type that is removed, a code that is disabled, in each order with a payment."""

import itertools

import pytest
import stripe

from booking_api.bookings.live_bookings import LiveBookings

from ..apps import run_jobs
from ..asserting import available
from ..builders import make_event
from ..promo.codes import add_code, uses
from .meanwhile import AT_ONCE, ORDERS, PAID_FIRST, PAID_LAST, Till, assert_right
from .races import together
from .real import running
from .world import PRICED, order

each_order = pytest.mark.parametrize("when", ORDERS)
TWO_TYPES = PRICED["ticket_types"] + [{"name": "Stand", "price": 900, "total": 5}]


@pytest.fixture
def world(indexed, database, outgoing, clock, monkeypatch):
    """An app that takes cards; whoever calls Stripe again does not wait before."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with running(database, outgoing, clock) as made:
        yield made


@each_order
def test_an_event_cancelled_while_people_pay_gives_each_payment_back_once(world, when, large):
    for processing in [False, True] * large:
        till = Till(world, processing=processing)
        path = f"/events/{till.event['id']}/cancel"
        answer = till.with_payment(when, lambda path=path: world.organizer.post(path))
        assert answer.status_code == 200, answer.json
        till.assert_gone("cancelled")
        assert till.is_paid or when != PAID_FIRST
        assert available(till.customer, till.event) == 5
    assert_right(world)


def test_money_that_comes_between_the_end_of_an_event_and_of_its_bookings_goes_back(world, monkeypatch):
    def die(*_args, **_options):
        raise KeyboardInterrupt

    till = Till(world)
    path = f"/events/{till.event['id']}/cancel"
    with monkeypatch.context() as patch:
        patch.setattr(LiveBookings, "cancel_some", die)
        with pytest.raises(KeyboardInterrupt):
            world.organizer.post(path)
    world.fake.events.drop_next(10)
    till.pay()
    assert till.customer.get(f"/bookings/{till.booking['id']}/payments").json["items"][0]["status"] == "succeeded"
    assert (till.event_now["status"], till.seen) == ("cancelled", "held")
    assert_right(world)
    assert world.organizer.post(path).status_code == 200
    till.work()
    till.assert_gone("cancelled")
    assert_right(world)


@each_order
def test_a_type_that_is_held_by_a_payment_is_not_removed(world, when):
    for processing in (False, True):
        event = make_event(
            world.organizer, payment="stripe", **PRICED | {"ticket_types": TWO_TYPES, "total_tickets": 10}
        )
        till = Till(world, processing=processing, event=event, quantity=None, items=seats(event, 2))
        answer = till.with_payment(when, lambda event=event: remove_seats(world, event))
        assert (answer.status_code, answer.json["code"]) == (409, "tickets_already_sold"), answer.json
        till.assert_kept()
    assert_right(world)


@each_order
def test_a_type_that_is_removed_after_a_hold_is_not_sold_by_money_that_comes_late(world, clock, when, large):
    for _ in range(large):
        fields = PRICED | {"ticket_types": TWO_TYPES, "total_tickets": 10}
        event = make_event(world.organizer, payment="manual", payment_due_hours=1, **fields)
        booking = order(world.customer, event, None, items=seats(event, 2))
        clock.advance(minutes=61)
        run_jobs(world.app)
        world.log_in_again()
        path = f"/events/{event['id']}/bookings/{booking['id']}/payments"

        def record(path=path):
            return world.organizer.post(path, {"method": "cash"})

        def remove(event=event):
            return remove_seats(world, event)

        acts = {PAID_FIRST: [record, remove], PAID_LAST: [remove, record], AT_ONCE: [record, remove]}[when]
        answers = together(1, *acts) if when == AT_ONCE else [act() for act in acts]
        assert {answer.status_code for answer in answers} <= {200, 201, 409}
        kept = world.seen(booking)[0] == "confirmed"
        assert kept or when != PAID_FIRST
        assert not kept or when != PAID_LAST
        types = [each["name"] for each in world.customer.get(f"/events/{event['id']}").json["ticket_types"]]
        assert types == (["Seat", "Stand"] if kept else ["Stand"])
        assert world.money(booking) == (5000, 0 if kept else 5000)
    assert_right(world)


@pytest.mark.parametrize(("when", "deleted"), list(itertools.product(ORDERS, [False, True])))
def test_a_code_that_is_ended_while_somebody_pays_keeps_its_promise(world, when, deleted):
    for processing in (False, True):
        event = make_event(world.organizer, payment="stripe", **PRICED)
        code = add_code(world.organizer, event, max_tickets=2)
        till = Till(world, processing=processing, event=event, code="save")
        assert till.booking["amount"] == 4500
        answer = till.with_payment(when, lambda event=event, code=code: end_code(world, event, code, deleted=deleted))
        assert answer.status_code == (204 if deleted else 200), answer.json
        till.assert_kept()
        if not deleted:
            assert uses(world.organizer, event, code) == (2, 1)
        world.organizer.post(f"/events/{event['id']}/bookings/{till.booking['id']}/cancel")
        till.work()
        till.assert_gone("cancelled")
        if not deleted:
            assert uses(world.organizer, event, code) == (0, 0)
    assert_right(world)


@pytest.mark.parametrize("deleted", [False, True])
def test_late_money_for_a_code_that_is_no_more_buys_what_was_promised(world, clock, deleted):
    event = make_event(world.organizer, payment="manual", payment_due_hours=1, **PRICED)
    code = add_code(world.organizer, event, max_tickets=2)
    booking = order(world.customer, event, code="save")
    clock.advance(minutes=61)
    run_jobs(world.app)
    world.log_in_again()
    assert uses(world.organizer, event, code) == (0, 0)
    assert end_code(world, event, code, deleted=deleted).status_code in (200, 204)
    path = f"/events/{event['id']}/bookings/{booking['id']}/payments"
    assert world.organizer.post(path, {"method": "cash"}).status_code == 201
    assert (world.seen(booking), world.money(booking)) == (("confirmed", "paid"), (4500, 0))
    if not deleted:
        assert uses(world.organizer, event, code) == (2, 1)
    assert_right(world)


def seats(event, quantity):
    """An order of so many of the first type."""
    return [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": quantity}]


def remove_seats(world, event):
    """Leave only the second type."""
    second = event["ticket_types"][1]
    kept = {name: second[name] for name in ("id", "name", "price", "total")}
    return world.organizer.patch(f"/events/{event['id']}", {"ticket_types": [kept]})


def end_code(world, event, code, *, deleted):
    """Delete a code, or disable it."""
    path = f"/events/{event['id']}/codes/{code['id']}"
    return world.organizer.delete(path) if deleted else world.organizer.patch(path, {"enabled": False})
