"""Tickets that go back on sale are published once, in the same transaction, at no cost if nobody subscribes."""

import pytest

from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.events.facts import TICKETS_RELEASED
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import BOOKS
from booking_api.jobs.runner import JobRunner

from ..apps import SETTINGS
from ..builders import book, event_fields, make_event

HEARD = "test.hear_of_released_tickets"
TYPES = [{"name": "Seat", "price": 1000, "total": 5}, {"name": "Stand", "price": 500, "total": 5}]


@pytest.fixture
def outbox(app):
    """The outbox of the app."""
    return services_of(app)[Outbox]


@pytest.fixture
def released(outbox):
    """Subscribes, and returns the ids of the events whose tickets were released so far."""
    outbox.handle(HEARD, lambda job: None, fact=TICKETS_RELEASED, queue=BOOKS)
    return lambda: [str(job["payload"]["event_id"]) for job in outbox.collection.find({"kind": HEARD})]


def test_a_booking_releases_nothing_and_its_cancellation_does_once(customer, event, released):
    booking = book(customer, event, 3)
    assert released() == []
    for _ in range(2):
        assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
        assert released() == [event["id"]]


def test_a_hold_that_expires_releases_its_tickets_and_a_confirmed_one_does_not(
    app, customer, event, released, outbox, clock
):
    held, confirmed = (
        customer.post("/bookings", {"event_id": event["id"], "quantity": 2, "hold": True}).json for _ in range(2)
    )
    assert customer.post(f"/bookings/{confirmed['id']}/confirm").status_code == 200
    clock.advance(seconds=SETTINGS.hold_seconds)
    services_of(app)[JobRunner].run([job["_id"] for job in outbox.collection.find({"kind": EXPIRE_HOLD})])
    assert customer.get(f"/bookings/{held['id']}").json["status"] == "expired"
    assert released() == [event["id"]]


def test_a_cancelled_event_releases_the_tickets_of_a_batch_of_bookings_at_once(customer, organizer, event, released):
    for _ in range(3):
        book(customer, event)
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    assert released() == [event["id"]]


@pytest.mark.parametrize(
    ("change", "raised"),
    [({"total_tickets": 11}, 1), ({"total_tickets": 9}, 0), ({"title": "Blues night"}, 0)],
)
def test_only_a_raised_total_releases_tickets(organizer, event, released, change, raised):
    assert organizer.patch(f"/events/{event['id']}", change).status_code == 200
    assert released() == [event["id"]] * raised


@pytest.mark.parametrize(("totals", "raised"), [((4, 6), 1), ((5, 4), 0)])
def test_tickets_moved_to_another_type_are_released(organizer, released, totals, raised):
    fields = {name: value for name, value in event_fields(ticket_types=TYPES).items() if name != "total_tickets"}
    event = organizer.post("/events", fields).json
    types = [{"id": kind["id"], "total": total} for kind, total in zip(event["ticket_types"], totals, strict=True)]
    assert organizer.patch(f"/events/{event['id']}", {"ticket_types": types}).status_code == 200
    assert released() == [event["id"]] * raised


def test_a_transaction_that_fails_publishes_nothing(as_real_role, real_app, monkeypatch):
    customer, event = as_real_role("customer"), make_event(as_real_role("organizer"))
    outbox = services_of(real_app)[Outbox]
    outbox.handle(HEARD, lambda job: None, fact=TICKETS_RELEASED, queue=BOOKS)
    booking = book(customer, event)

    def fail(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr("booking_api.events.store.EventStore.move_stock", fail)
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 500
    assert outbox.collection.count_documents({"kind": HEARD}) == 0


def test_without_subscribers_a_release_sends_no_command(as_real_role, real_app, database):
    customer, event = as_real_role("customer"), make_event(as_real_role("organizer"))
    booking = book(customer, event)
    outbox = services_of(real_app)[Outbox]
    assert outbox.subscribers(TICKETS_RELEASED) == []
    before = outbox.collection.count_documents({})
    commands = _commands_of(database, lambda: customer.post(f"/bookings/{booking['id']}/cancel"))
    assert commands.count("outbox insert") == 1  # the receipt
    assert outbox.collection.count_documents({}) == before + 1


def _commands_of(database, act):
    """The commands that the server has seen, as `collection command`."""
    database.command("profile", 2)
    assert act().status_code == 200
    database.command("profile", 0)
    rows = database["system.profile"].find({"op": {"$in": ["insert", "update", "query"]}})
    return [f"{row['ns'].partition('.')[2]} {row['op']}" for row in rows]
