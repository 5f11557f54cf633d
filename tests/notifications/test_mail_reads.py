"""What a batch of mails reads from MongoDB: as much for a hundred guests as for one, with their organizer's address."""

import pymongo
import pytest

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..builders import book, make_event, sign_up
from ..commands_sent import Counting

READ = ("bookings", "events", "users", "notices", "unsubscriptions")


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
    assert read == {"bookings": 1, "events": 1, "users": 1, "notices": 0, "unsubscriptions": 0}
    organizer.post(f"/events/{event['id']}/messages", {"subject": "Doors", "body": "At seven."})
    run(counted_app, listener, database, "notifications.fan_out")
    read, owed = run(counted_app, listener, database, "notifications.tell")
    assert owed == guests
    assert read == {"bookings": 0, "events": 1, "users": 1, "notices": 1, "unsubscriptions": 1}
    assert all(message.reply_to.address == organizer.user["email"] for message in outgoing.messages)
