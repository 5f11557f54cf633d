"""What a batch of mails reads from MongoDB: as much for a hundred guests as for one, with their organizer's address."""

import pymongo
import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.payments.facts import PAYMENT_DUE, PAYMENT_LATE, PAYMENT_REFUNDED
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..builders import book, make_event, sign_up
from ..commands_sent import Counting
from .paid import Till

READ = ("bookings", "events", "users", "notices", "unsubscriptions", "payments", "refunds")
PEOPLE = {"bookings": 1, "events": 1, "users": 1, "notices": 0, "unsubscriptions": 0, "payments": 0, "refunds": 0}


@pytest.fixture
def listener():
    """Hears every command."""
    return Counting()


@pytest.fixture
def counted_app(mongod, indexed, database, outgoing, listener):
    """An app on the real server whose commands are heard."""
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[listener], timeoutMS=10_000) as client:
        made = create_app(SETTINGS, database=client[database.name], sender=outgoing, clock=now)
        services_of(made)[Stores].ensure_indexes()
        yield made
        services_of(made)[JobRunner].stop()


def run(app, listener, database, kind):
    """Run what is owed of a kind; how often each collection was read."""
    owed = [row["_id"] for row in database["outbox"].find({"state": "pending", "kind": kind})]
    listener.seen.clear()
    services_of(app)[JobRunner].run(owed)
    return {name: listener.commands_on(name).count("find") for name in READ}, len(owed)


@pytest.mark.parametrize("guests", [1, 20])
def test_a_batch_of_mails_reads_each_collection_once(counted_app, listener, database, outgoing, guests):
    organizer = sign_up(counted_app, "organizer")
    event = make_event(organizer, total_tickets=100)
    for _ in range(guests):
        book(sign_up(counted_app, "customer"), event)
    read, owed = run(counted_app, listener, database, "notifications.confirm_booking")
    assert owed == guests
    assert read == PEOPLE  # a free booking has no payments
    organizer.post(f"/events/{event['id']}/messages", {"subject": "Doors", "body": "At seven."})
    run(counted_app, listener, database, "notifications.fan_out")
    read, owed = run(counted_app, listener, database, "notifications.tell")
    assert owed == guests
    assert read == PEOPLE | {"bookings": 0, "notices": 1, "unsubscriptions": 1}
    assert all(message.reply_to.address == organizer.user["email"] for message in outgoing.messages)


@pytest.mark.parametrize("guests", [1, 20])
def test_a_batch_of_mails_about_money_reads_each_collection_once(counted_app, listener, database, outgoing, guests):
    till = Till(counted_app, sign_up(counted_app, "organizer"))
    event = till.event("stripe")
    bookings = [till.booking(sign_up(counted_app, "customer"), event, paid=5000) for _ in range(guests)]
    payments = [till.payment(booking) for booking in bookings]
    refunds = [till.refund(*each) for each in zip(bookings, payments, strict=True)]
    till.owe(PAYMENT_DUE, *[{"booking_id": booking["_id"]} for booking in bookings])
    till.owe(PAYMENT_LATE, *[{"payment_id": each} for each in payments])
    till.owe(PAYMENT_REFUNDED, *[{"refund_id": each} for each in refunds])
    for kind, of_money in (
        ("notifications.confirm_booking", {"payments": 1}),
        ("notifications.payment_due", {}),
        ("notifications.payment_late", {"payments": 1}),
        ("notifications.payment_refunded", {"refunds": 1}),
    ):
        read, owed = run(counted_app, listener, database, kind)
        assert (read, owed) == (PEOPLE | of_money, guests), kind
    assert len(outgoing.messages) == 3 * guests
