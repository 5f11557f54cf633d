"""Bookings of several events in one transaction, on the real server: exact, and no event stops another."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from bson import ObjectId

from booking_api.bookings import sales
from booking_api.bookings.audit import Audit
from booking_api.bookings.batch import Steps
from booking_api.bookings.rules import SoldOut
from booking_api.bookings.sales import Sales
from booking_api.bookings.service import BookingService
from booking_api.events.stock import Line
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..builders import make_event
from ..pids import CALM_SECONDS, eventually

SECONDS = CALM_SECONDS


class Lane:
    """The shared lane, and the numbers of requests in the batches that have read their events since `busy`."""

    def __init__(self, app, organizer, pool):
        services = services_of(app)
        self._bookings, self._sales = services[BookingService], services[Sales]
        self._organizer, self._pool = organizer, pool
        self._held: Event | None = None
        self.batches: list[int] = []
        services[Steps].join(self)

    def load(self, batch):
        """Note the batch, or let that of `busy` wait until it may go on."""
        held, self._held = self._held, None
        if held is None:
            self.batches.append(len(batch.entries))
        else:
            assert held.wait(SECONDS)

    def events(self, count, **fields):
        """Ids of new events."""
        return [ObjectId(make_event(self._organizer, **fields)["id"]) for _ in range(count)]

    def book(self, event_id):
        """Book a ticket for somebody."""
        return self._bookings.book(ObjectId(), event_id, [Line(None, 1)], hold=False, booking_id=ObjectId())

    @contextmanager
    def busy(self, event_id):
        """While the block runs, a batch with a booking of this event does not come to its end."""
        self._held = held = Event()
        first = self._pool.submit(self.book, event_id)
        eventually(lambda: self._held is None, "its batch was begun", SECONDS)
        self.batches.clear()
        try:
            yield
        finally:
            held.set()
        assert first.result(SECONDS)["event_id"] == event_id

    def book_soon(self, event_id):
        """Book a ticket for somebody in another thread."""
        return self._pool.submit(self.book, event_id)

    def book_together(self, first, event_ids):
        """Book a ticket of each event, once all of them wait in the lane behind a booking of the first event."""
        with self.busy(first):
            asked = []
            for event_id in event_ids:  # one after the other, or they would wait in any order
                asked.append(self.book_soon(event_id))
                eventually(lambda: self._sales.waiting() == len(asked), "it waits", SECONDS, pause=0.001)
        return asked


@pytest.fixture
def organizer_of_lane(as_real_role):
    """Who makes its events."""
    return as_real_role("organizer")


@pytest.fixture
def lane(real_app, organizer_of_lane):
    """The lane."""
    with ThreadPoolExecutor(10) as pool:
        yield Lane(real_app, organizer_of_lane, pool)


@pytest.fixture
def stored(real_app):
    """The events as they are stored."""
    return services_of(real_app)[EventStore].collection


def available(stored, event_ids):
    """What is on sale of each."""
    return [stored.find_one({"_id": event_id})["available_tickets"] for event_id in event_ids]


@contextmanager
def locked(stored, event_id):
    """Somebody else's transaction has written to the event and is not committed."""
    with stored.database.client.start_session() as session:
        session.start_transaction()
        stored.update_one({"_id": event_id}, {"$inc": {"revision": 1}}, session=session)
        yield
        session.commit_transaction()


def test_bookings_of_several_events_share_a_batch_and_each_sells_its_own_tickets(lane, stored, real_app):
    first, *events = lane.events(4, total_tickets=2)
    wanted = [events[0]] * 3 + [events[1]] * 2 + [events[2]]
    asked = list(zip(wanted, lane.book_together(first, wanted), strict=True))
    outcomes = Counter((event_id, type(each.exception() or "booked")) for event_id, each in asked)
    assert outcomes == {(events[0], str): 2, (events[0], SoldOut): 1, (events[1], str): 2, (events[2], str): 1}
    assert lane.batches == [len(wanted)]
    assert available(stored, events) == [0, 0, 1]
    assert all(each.result()["event"]["_id"] == event_id for event_id, each in asked if not each.exception())
    assert not any(services_of(real_app)[Audit].check())


def test_a_known_event_that_was_edited_spoils_no_other_of_its_batch(lane, stored, organizer_of_lane, real_app):
    first, *events = lane.events(3)
    for event_id in events:
        lane.book(event_id)
    edit = {"title": "Renamed", "total_tickets": 2}
    assert organizer_of_lane.patch(f"/events/{events[0]}", edit).status_code == 200
    asked = lane.book_together(first, [events[0], events[1], events[0]])
    titles = [each.exception() or each.result()["event"]["title"] for each in asked]
    assert titles[:2] == ["Renamed", "Jazz night"]
    assert isinstance(titles[2], SoldOut)
    assert available(stored, events) == [0, 8]
    assert not any(services_of(real_app)[Audit].check())


def test_an_event_that_somebody_has_locked_keeps_no_other_from_selling(lane, stored):
    first, taken, free = lane.events(3)
    with locked(stored, taken):
        asked = lane.book_together(first, [taken, free])
        assert asked[1].result(SECONDS)["event_id"] == free  # it rode with the other one, and then without it
        assert not asked[0].done()
    assert asked[0].result(SECONDS)["event_id"] == taken
    assert lane.batches[0] == 2
    assert available(stored, [taken, free]) == [9, 9]


def collide(lane, stored, first, events):
    """Book two events together, one of which somebody else has locked."""
    with locked(stored, events[0]):
        asked = lane.book_together(first, events)
        asked[1].result(SECONDS)
    asked[0].result(SECONDS)


def test_events_that_collided_go_apart_for_a_while(lane, stored, monkeypatch):
    monkeypatch.setattr(sales, "APART_SECONDS", 600)
    first, *events = lane.events(3)
    collide(lane, stored, first, events)
    with lane.busy(first):
        assert lane.book_soon(events[1]).result(SECONDS)["event_id"] == events[1]


def test_only_the_events_that_collided_go_apart(lane, stored, monkeypatch):
    monkeypatch.setattr(sales, "APART_SECONDS", 600)
    first, other, *events = lane.events(4)
    collide(lane, stored, first, events)
    for each in lane.book_together(first, [other, first]):
        each.result(SECONDS)
    assert lane.batches == [2]


def test_events_that_went_apart_ride_together_again(lane, stored, monkeypatch):
    monkeypatch.setattr(sales, "APART_SECONDS", 0)
    first, *events = lane.events(3)
    collide(lane, stored, first, events)
    for each in lane.book_together(first, events):
        each.result(SECONDS)
    assert lane.batches == [2]
