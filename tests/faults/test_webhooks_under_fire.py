"""Webhooks while workers are killed: a receiver that fails at random ends with what the feed has, under its ids."""

import os
import random
import signal
import time

import pytest
from bson import ObjectId

from booking_api.clock import now
from booking_api.webhooks.kinds import CATCH_UP, DELIVER, DELIVER_SLOWLY, FOLLOW

from ..pids import eventually
from ..processes import Service
from .customers import Customers
from .receiver import FAILURES, Receiver, make_webhook

BOOKINGS, KILLS, WORKERS = 600, 10, 3
KINDS = [FOLLOW, CATCH_UP, DELIVER, DELIVER_SLOWLY]


def in_the_feed(database, event_ids):
    """Number, id and type of every change of these events."""
    rows = database["changes"].find({"event_id": {"$in": [ObjectId(event_id) for event_id in event_ids]}})
    return {
        (str(row["event_id"]), number): (str(each["_id"]), each["type"])
        for row in rows
        for number, each in enumerate(row["changes"], row["first"])
    }


def hurry(database):
    """Let time pass: what waits for another attempt, or for a dead worker's lease, is due now."""
    later = {"$gt": now()}  # what is due now may be on its way, and its result is to be noted
    database["webhook_deliveries"].update_many({"status": "pending", "due_at": later}, {"$set": {"due_at": now()}})
    database["webhooks"].update_many({"lease_until": None}, {"$set": {"paused_until": None}})
    waiting = {"kind": {"$in": KINDS}, "state": "pending", "token": None, "due_at": later}
    database["outbox"].update_many(waiting, {"$set": {"due_at": now()}})


def owed(database):
    """How many jobs and deliveries of webhooks are still to be done."""
    jobs = database["outbox"].count_documents({"kind": {"$in": KINDS}, "state": "pending"})
    return jobs + database["webhook_deliveries"].count_documents({"status": "pending"})


@pytest.mark.timeout(600)
def test_a_receiver_that_fails_at_random_is_told_all_while_workers_are_killed(uri, var_dir, large):
    bookings, kills = BOOKINGS * large, KILLS * large
    with (
        Receiver(FAILURES) as receiver,
        Service(var_dir, workers=WORKERS, MONGODB_URI=uri, REQUEST_SECONDS=4, WEBHOOK_ALLOW_PRIVATE="true") as service,
        Customers(service, count=12, tickets=bookings * 2) as customers,
    ):
        database = service.database()
        event_ids = [event["id"] for event in customers.events]
        customers.start(bookings)
        eventually(lambda: customers.done >= bookings // 20, "sales have begun", 60)
        make_webhook(customers.organizer, receiver.url)
        before = in_the_feed(database, event_ids).keys()
        for number in range(kills):
            enough = bookings * (number + 1) / (kills + 1)
            eventually(lambda enough=enough: customers.done >= enough, "the sales go on", 120, pause=0.01)
            workers = eventually(lambda: len(service.worker_pids()) == WORKERS and service.worker_pids(), "all run")
            os.kill(random.choice(workers), signal.SIGKILL)
        customers.wait()
        deadline = time.monotonic() + 300
        while owed(database) and time.monotonic() < deadline:
            hurry(database)
            time.sleep(1)
        feed = in_the_feed(database, event_ids)
        database.client.close()
    missed = feed.keys() - before - receiver.received.keys()
    assert missed == set()
    for key, came in receiver.received.items():
        change_id, kind = feed[key]
        assert set(came) == {(change_id, change_id, kind)}
    repeats = sum(len(came) - 1 for came in receiver.received.values())
    print(f"{len(feed)} changes, {receiver.requests} posts, {repeats} repeats, {kills} kills")
