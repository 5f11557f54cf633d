"""Changes of every kind while workers are killed: the feed has each once, and a receiver that fails at random all."""

import random
from contextlib import suppress

import pytest
import requests
from bson import ObjectId

from booking_api.clock import now
from booking_api.webhooks.kinds import CATCH_UP, DELIVER, DELIVER_SLOWLY, FOLLOW

from ..pids import eventually, kill
from ..processes import Service, gunicorn
from .conftest import impatient
from .customers import Customers
from .database_checks import assert_exact
from .receiver import FAILURES, Receiver, make_webhook

BOOKINGS, KILLS, WORKERS = 200, 3, 3
KINDS = [FOLLOW, CATCH_UP, DELIVER, DELIVER_SLOWLY]


def in_the_feed(database, event_ids):
    """Number, id and type of every change of these events."""
    rows = database["changes"].find({"event_id": {"$in": [ObjectId(event_id) for event_id in event_ids]}})
    return {
        (str(row["event_id"]), number): (str(each["_id"]), each["type"])
        for row in rows
        for number, each in enumerate(row["changes"], row["first"])
    }


def read_in_pages(organizer, event_id):
    """The same of one event, as its organizer reads it."""
    found, after = {}, 0
    while page := organizer.get(f"/events/{event_id}/changes?after={after}&limit=100").json()["items"]:
        found |= {(event_id, item["sequence"]): (item["id"], item["type"]) for item in page}
        after = page[-1]["sequence"]
    return found


def hurry(database):
    """Let time pass: what waits for another attempt, or for a dead worker's lease, is due now."""
    later = {"$gt": now()}  # what is due now may be on its way, and its result is to be noted
    database["webhook_deliveries"].update_many({"status": "pending", "due_at": later}, {"$set": {"due_at": now()}})
    database["webhooks"].update_many({"lease_until": None}, {"$set": {"paused_until": None}})
    waiting = {"kind": {"$in": KINDS}, "state": "pending", "token": None, "due_at": later}
    database["outbox"].update_many(waiting, {"$set": {"due_at": now()}})


def end_leases(service, database):
    """Let the minute pass for which nobody touches what a dead worker has taken."""
    alive = "|".join(map(str, service.worker_pids()))
    of_the_dead = {
        "kind": {"$in": KINDS},
        "state": "pending",
        "token": {"$ne": None, "$not": {"$regex": f"^({alive})-"}},
    }
    database["outbox"].update_many(of_the_dead, {"$set": {"due_at": now()}})
    database["webhooks"].update_many({}, {"$set": {"lease_until": None}})


def owed(database):
    """How many jobs and deliveries of webhooks are still to be done."""
    jobs = database["outbox"].count_documents({"kind": {"$in": KINDS}, "state": "pending"})
    return jobs + database["webhook_deliveries"].count_documents({"status": "pending"})


def change(organizer, event_id, fields):
    """Change an event, also if the worker that was asked is killed."""
    eventually(lambda: try_to_change(organizer, event_id, fields), "the event is changed")


def try_to_change(organizer, event_id, fields):
    """Return whether the change was acknowledged."""
    with suppress(requests.RequestException):
        return organizer.patch(f"/events/{event_id}", json=fields).status_code == 200
    return False


@pytest.mark.timeout(600)
def test_a_receiver_that_fails_at_random_is_told_all_while_workers_are_killed(uri, var_dir, large):
    bookings, kills = BOOKINGS * large, KILLS * large
    with (
        Receiver(FAILURES) as receiver,
        Service(
            var_dir,
            command=gunicorn if large > 1 else impatient(),
            workers=WORKERS,
            MONGODB_URI=uri,
            REQUEST_SECONDS=4,
            WEBHOOK_ALLOW_PRIVATE="true",
        ) as service,
        Customers(service, count=12, tickets=bookings * 2) as customers,
    ):
        database = service.database()
        event_ids = [event["id"] for event in customers.events]
        customers.start(bookings)
        eventually(lambda: customers.done >= bookings // 20, "sales have begun")
        make_webhook(customers.organizer, receiver.url)
        before = in_the_feed(database, event_ids).keys()
        for number in range(kills):
            enough = bookings * (number + 1) / (kills + 1)
            eventually(lambda enough=enough: customers.done >= enough, "the sales go on", 120, pause=0.01)
            workers = eventually(lambda: len(service.worker_pids()) == WORKERS and service.worker_pids(), "all run")
            kill(random.choice(workers))
            change(customers.organizer, event_ids[number % len(event_ids)], {"venue": f"Hall {number}"})
        customers.wait()
        end_leases(service, database)
        eventually(lambda: hurry(database) or not owed(database), "all is told", 300, pause=0.3)
        feed = in_the_feed(database, event_ids)
        assert_exact(database, customers.acknowledged)  # its audit compares the feeds with the bookings
        for event_id in event_ids:
            told = {key: change for key, change in feed.items() if key[0] == event_id}
            assert sorted(number for _, number in told) == list(range(1, len(told) + 1))
            assert read_in_pages(customers.organizer, event_id) == told
        database.client.close()
    missed = feed.keys() - before - receiver.received.keys()
    assert missed == set()
    for key, came in receiver.received.items():
        change_id, kind = feed[key]
        assert set(came) == {(change_id, change_id, kind)}
    repeats = sum(len(came) - 1 for came in receiver.received.values())
    print(f"{len(feed)} changes, {receiver.requests} posts, {repeats} repeats, {kills} kills")
