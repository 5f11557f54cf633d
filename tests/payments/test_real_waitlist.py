"""Payments and waiting lists: offers are accepted by payment, and nobody who pays late overtakes who waits."""

import pytest
import stripe
from bson import ObjectId

from booking_api.bookings.requests import Cancellation
from booking_api.bookings.sales import Sales
from booking_api.http.services import services_of
from booking_api.payments.requests import ManualPayment

from ..apps import run_jobs
from ..builders import log_in_again, make_event, sign_up
from .real import running
from .world import PRICED, money, order, pay, seen


@pytest.fixture
def world(indexed, database, outgoing, clock, monkeypatch):
    """An app that takes cards."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with running(database, outgoing, clock) as made:
        yield made


def test_an_offer_that_is_paid_is_accepted(world):
    booking, _ = world.opened(5)
    waiter = sign_up(world.app, "customer")
    body = {"quantity": 2, "ticket_type_id": world.event["ticket_types"][0]["id"]}
    waiting = waiter.post(f"/events/{world.event['id']}/waitlist", body)
    assert waiting.status_code == 201, waiting.json
    assert world.customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    offered = waiter.get(f"/events/{world.event['id']}/waitlist").json
    assert offered["status"] == "offered"
    offer = {"id": offered["booking_id"]}
    world.fake.pay(pay(waiter, offer).json["client_secret"].partition("_secret")[0])
    world.messages_arrive()
    run_jobs(world.app)
    assert seen(waiter, offer) == ("confirmed", "paid")
    assert waiter.get(f"/events/{world.event['id']}/waitlist").json["status"] == "accepted"
    world.assert_right()


def test_who_pays_late_does_not_overtake_who_waits(world, clock):
    event = make_event(world.organizer, payment="manual", payment_due_hours=1, **PRICED)
    late, other, waiter = world.customer, sign_up(world.app, "customer"), sign_up(world.app, "customer")
    expired = order(late, event, 1)
    clock.advance(minutes=61)
    run_jobs(world.app)
    late, other, waiter = (log_in_again(each) for each in (late, other, waiter))
    taken = order(other, event, 5)
    body = {"quantity": 5, "ticket_type_id": event["ticket_types"][0]["id"]}
    assert waiter.post(f"/events/{event['id']}/waitlist", body).status_code == 201
    paid = ManualPayment(ObjectId(expired["id"]), ObjectId(), ObjectId(), None, "cash", None)
    freed = Cancellation(ObjectId(taken["id"]), ObjectId(other.user["id"]))
    event_id = ObjectId(event["id"])
    services_of(world.app)[Sales].commit([(event_id, freed), (event_id, paid)])
    assert waiter.get(f"/events/{event['id']}/waitlist").json["status"] == "offered"
    assert (seen(late, expired)[0], money(late, expired)) == ("expired", (2500, 2500, 0))
    world.assert_right()
