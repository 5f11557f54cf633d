"""Requests that share a transaction: who waits comes before who orders, whoever's request arrived first."""

import itertools

import pytest
from bson import ObjectId

from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.rules import SoldOut
from booking_api.bookings.sales import Sales
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.waitlist import settling
from booking_api.waitlist.requests import JoinWaitlist
from booking_api.waitlist.store import WaitlistStore

from ..apps import run_jobs
from ..builders import make_event
from .people import all_faults


class Shop:
    """An event of four tickets that somebody has bought, and what may be asked of it."""

    def __init__(self, app, organizer, **fields):
        self.app, self.event_id = app, ObjectId(make_event(organizer, total_tickets=4, **fields)["id"])
        self.sold = self.commit(self.order(4))[0]

    def commit(self, *requests):
        """Commit requests in one transaction."""
        return services_of(self.app)[Sales].commit([(self.event_id, request) for request in requests])

    def order(self, quantity=1):
        """An order of somebody."""
        return Order(ObjectId(), ObjectId(), (Line(None, quantity),))

    def join(self, quantity=1, least=None):
        """Somebody who waits."""
        return JoinWaitlist(ObjectId(), ObjectId(), None, quantity, least or quantity)

    def cancel(self):
        """The cancellation of the four tickets."""
        return Cancellation(self.sold["_id"], self.sold["customer_id"])

    def offers(self):
        """How many tickets each entry was offered, in order; 0 for none."""
        found = services_of(self.app)[WaitlistStore].collection.find({"event_id": self.event_id}).sort("number")
        return [each["offer"]["quantity"] if each["status"] == "offered" else 0 for each in found]


@pytest.fixture
def shop(real_app, as_real_role):
    """The event."""
    yield Shop(real_app, as_real_role("organizer"))
    run_jobs(real_app)
    assert all_faults(real_app) == []


@pytest.mark.parametrize("arrival", list(itertools.permutations(("cancel", "order"))))
def test_what_a_transaction_frees_is_for_who_waits(shop, arrival):
    shop.commit(shop.join(3))
    requests = {"cancel": shop.cancel(), "order": shop.order(2)}
    outcomes = dict(zip(arrival, shop.commit(*(requests[each] for each in arrival)), strict=True))
    assert shop.offers() == [3]
    assert isinstance(outcomes["order"], SoldOut)
    assert outcomes["order"].members == {"available_tickets": 1, "waitlist": True}


@pytest.mark.parametrize("arrival", list(itertools.permutations(("cancel", "order", "join"))))
def test_who_joins_in_the_same_transaction_waits_too(shop, arrival):
    requests = {"cancel": shop.cancel(), "order": shop.order(2), "join": shop.join(3)}
    outcomes = dict(zip(arrival, shop.commit(*(requests[each] for each in arrival)), strict=True))
    assert outcomes["join"].entry["status"] == "offered"
    assert isinstance(outcomes["order"], SoldOut)


def test_what_suits_nobody_who_waits_is_sold_in_the_same_transaction(shop):
    shop.commit(shop.join(3))
    assert [type(each) for each in shop.commit(shop.order(1), shop.cancel())] == [dict, dict]
    assert shop.offers() == [3]


def test_nobody_orders_what_is_still_to_be_offered(shop, monkeypatch):
    monkeypatch.setattr(settling, "MOST_OFFERS", 1)
    shop.commit(shop.join(), shop.join(), shop.join())
    _, order = shop.commit(shop.cancel(), shop.order())
    assert isinstance(order, SoldOut)
    assert order.members == {"available_tickets": 0, "waitlist": True}
    assert shop.offers() == [1, 0, 0]
    run_jobs(shop.app)
    assert shop.offers() == [1, 1, 1]
    assert isinstance(shop.commit(shop.order())[0], dict)


def test_each_of_those_who_join_together_hears_their_position(shop):
    joined = shop.commit(*(shop.join() for _ in range(3)))
    assert [each.position for each in joined] == [1, 2, 3]
