"""Feeds on the real server: several processes number the changes of the same events."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.orders import Order
from booking_api.bookings.sales import Sales
from booking_api.events.change_store import ChangeStore
from booking_api.events.stock import Line
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..builders import make_event

EVENTS, ORDERS = 4, 60


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def feed(real_app):
    """Reads all changes of an event."""
    return lambda event: services_of(real_app)[ChangeStore].read(ObjectId(event["id"]), 0, 10_000)


@pytest.fixture
def processes(real_app, database, outgoing):
    """Two apps on one database."""
    return [real_app, create_app(SETTINGS, database=database, sender=outgoing)]


def one_ticket():
    """An order of a new customer."""
    return Order(ObjectId(), ObjectId(), (Line(None, 1),))


def test_each_change_of_two_processes_has_a_number_of_its_own(organizer, processes, feed):
    events = [make_event(organizer, total_tickets=ORDERS) for _ in range(EVENTS)]
    sales = [services_of(app)[Sales] for app in processes]

    def buy(number):
        event = events[number % EVENTS]
        sales[number % 3 % 2].apply(ObjectId(event["id"]), one_ticket())
        if number % 20 == 0:
            assert organizer.patch(f"/events/{event['id']}", {"title": f"Night {number}"}).status_code == 200

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(buy, range(ORDERS * EVENTS)))
    for event in events:
        told = feed(event)
        assert [each.sequence for each in told] == list(range(1, len(told) + 1))
        sold = Counter(each.change["data"]["booking"]["id"] for each in told if "booking" in each.change["data"])
        assert (len(sold), set(sold.values())) == (ORDERS, {1})
    services = services_of(processes[0])
    assert not any(services[Audit].check())
    assert not any(services[FeedAudit].check())


def test_a_batch_of_one_event_is_one_row_with_a_number_for_each_change(real_app, organizer, database, feed):
    event = make_event(organizer, total_tickets=10)
    outcomes = services_of(real_app)[Sales].commit([(ObjectId(event["id"]), one_ticket()) for _ in range(4)])
    assert database["changes"].count_documents({}) == 2
    told = [each.change["data"]["booking"]["id"] for each in feed(event)[1:]]
    assert told == [outcome["_id"] for outcome in outcomes]
    assert [each.sequence for each in feed(event)] == [1, 2, 3, 4, 5]


def test_a_batch_of_several_events_numbers_each_by_itself(real_app, organizer, feed):
    first, second = make_event(organizer), make_event(organizer)
    ids = [ObjectId(event["id"]) for event in (first, second, first)]
    services_of(real_app)[Sales].commit([(event_id, one_ticket()) for event_id in ids])
    assert [each.sequence for each in feed(first)] == [1, 2, 3]
    assert [each.sequence for each in feed(second)] == [1, 2]


def test_what_is_rolled_back_takes_no_number(real_app, organizer, feed, monkeypatch):
    event = make_event(organizer)
    insert, failures = ChangeStore.insert, [OSError("lost")]

    def fail_once(self, *args):
        insert(self, *args)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(ChangeStore, "insert", fail_once)
    sales = services_of(real_app)[Sales]
    with pytest.raises(OSError, match="lost"):
        sales.apply(ObjectId(event["id"]), one_ticket())
    kept = sales.apply(ObjectId(event["id"]), one_ticket())
    made, sold = feed(event)
    assert (made.sequence, sold.sequence) == (1, 2)
    assert sold.change["data"]["booking"]["id"] == kept["_id"]


def test_an_edit_and_sales_at_once_are_told_in_the_order_of_their_commits(organizer, processes, feed):
    event = make_event(organizer, total_tickets=100)
    sales = [services_of(app)[Sales] for app in processes]

    def change(number):
        if number % 10 == 0:
            organizer.patch(f"/events/{event['id']}", {"total_tickets": 100 + number})
        else:
            sales[number % 2].apply(ObjectId(event["id"]), one_ticket())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(60)))
    sold, total = 0, 100
    for each in feed(event)[1:]:
        if each.change["type"] == "event.updated":
            shown = each.change["data"]["event"]
            total = shown["total_tickets"]
            assert shown["available_tickets"] == total - sold
        else:
            sold += 1
    assert sold == 54
