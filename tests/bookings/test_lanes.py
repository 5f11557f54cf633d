"""Bookings of several events in one transaction, on the real server: exact, and no event stops another."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from bson import ObjectId

from booking_api.bookings.audit import Audit
from booking_api.bookings.rules import SoldOut
from booking_api.bookings.sales import lane_of
from booking_api.bookings.service import BookingService
from booking_api.events.stock import Line
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..builders import make_event
from ..pids import eventually

SECONDS = 20


class Lane:
    """Events of one lane; its first batch waits until a test lets it take who has come by then."""

    def __init__(self, app, organizer, monkeypatch):
        services = services_of(app)
        self._bookings, self.sales = services[BookingService], services[BookingService]._sales
        self._transactions = self.sales._transactions
        self._organizer = organizer
        self.entries: list[int] = []
        self.waited_for = 0
        monkeypatch.setattr(self.sales._turns, "hold", self._hold)
        commit = self.sales._commit
        monkeypatch.setattr(self.sales, "_commit", lambda e, **o: self.entries.append(len(e)) or commit(e, **o))

    @contextmanager
    def _hold(self, _lane):
        if not self.entries:
            eventually(lambda: self.sales.waiting() >= self.waited_for, "all wait", SECONDS)
        yield

    def events(self, count, **fields):
        """Ids of events that share a lane."""
        found: list[ObjectId] = []
        while len(found) < count:
            made = ObjectId(make_event(self._organizer, **fields)["id"])
            if not found or lane_of(made) == lane_of(found[0]):
                found.append(made)
        return found

    def book(self, event_id):
        """Book a ticket for somebody."""
        return self._bookings.book(ObjectId(), event_id, [Line(None, 1)], hold=False, booking_id=ObjectId())


@pytest.fixture
def lane(real_app, as_real_role, monkeypatch):
    """A lane."""
    return Lane(real_app, as_real_role("organizer"), monkeypatch)


@pytest.fixture
def stored(real_app):
    """The events as they are stored."""
    return services_of(real_app)[EventStore].collection


def available(stored, event_ids):
    """What is on sale of each."""
    return [stored.find_one({"_id": event_id})["available_tickets"] for event_id in event_ids]


def test_bookings_of_several_events_share_a_batch_and_each_sells_its_own_tickets(lane, stored, real_app):
    events = lane.events(3, total_tickets=2)
    wanted = [events[0]] * 3 + [events[1]] * 2 + [events[2]]
    lane.waited_for = len(wanted)
    with ThreadPoolExecutor(len(wanted)) as pool:
        asked = [(event_id, pool.submit(lane.book, event_id)) for event_id in wanted]
    outcomes = Counter((event_id, type(each.exception() or "booked")) for event_id, each in asked)
    assert outcomes == {(events[0], str): 2, (events[0], SoldOut): 1, (events[1], str): 2, (events[2], str): 1}
    assert lane.entries == [len(wanted)]
    assert available(stored, events) == [0, 0, 1]
    assert all(each.result()["event"]["_id"] == event_id for event_id, each in asked if not each.exception())
    assert not any(services_of(real_app)[Audit].check())


def test_an_event_that_somebody_has_locked_keeps_no_other_from_selling(lane, stored):
    locked, free = lane.events(2)
    lane.waited_for = 2
    with stored.database.client.start_session() as session, ThreadPoolExecutor(2) as pool:
        session.start_transaction()
        stored.update_one({"_id": locked}, {"$inc": {"touched": 1}}, session=session)
        asked = [pool.submit(lane.book, event_id) for event_id in (locked, free)]
        assert asked[1].result(SECONDS)["event_id"] == free  # it rode with the other one, and then without it
        assert not asked[0].done()
        session.commit_transaction()
        assert asked[0].result(SECONDS)["event_id"] == locked
    assert lane.entries[0] == 2
    assert available(stored, [locked, free]) == [9, 9]


def test_events_that_collided_go_apart_for_a_while_and_then_ride_together_again(lane, monkeypatch):
    events = lane.events(1)
    submitted, submit = [], lane.sales._queue.submit
    monkeypatch.setattr(lane.sales._queue, "submit", lambda key, *rest: submitted.append(key) or submit(key, *rest))
    for until in (float("inf"), 0):
        lane.sales._apart_until[lane_of(events[0])] = until
        lane.book(events[0])
    assert submitted == [events[0], lane_of(events[0])]
