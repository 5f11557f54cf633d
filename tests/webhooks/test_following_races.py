"""Several processes follow feeds at once, on the real server: everything is told, and nothing twice."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.webhooks.cursor_store import CursorStore
from booking_api.webhooks.delivery_store import DeliveryStore
from booking_api.webhooks.kinds import CATCH_UP, FOLLOW

from ..api import Api
from ..apps import SETTINGS
from ..builders import book, make_event
from ..pids import eventually
from .driving import make_webhook

SALES = 40


@pytest.fixture
def other_app(real_app, database, outgoing, receiving):
    """Another process on the same database."""
    made = create_app(SETTINGS, database=database, sender=outgoing, receivers=receiving.receivers, clock=now)
    yield made
    services_of(made)[JobRunner].stop()


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


def also_in(app, api):
    """The same person, served by another process."""
    return Api(app.test_client(), api.token, api.user)


def run(app, kind):
    """Run all pending jobs of a kind in a process, those too that are not due yet."""
    outbox = services_of(app)[Outbox]
    outbox.collection.update_many({"kind": kind, "state": "pending"}, {"$set": {"due_at": now(), "token": None}})
    services_of(app)[JobRunner].run([row["_id"] for row in outbox.collection.find({"kind": kind, "state": "pending"})])


def numbers_told(database, webhook):
    """How often each change was told to a webhook, by event and number."""
    found = database["webhook_deliveries"].find({"webhook_id": ObjectId(webhook["id"])})
    return Counter((row["message"]["event_id"], row["sequence"]) for row in found)


def numbers_of(database, *events):
    """All changes of events, as their feeds have them."""
    rows = database["changes"].find({"event_id": {"$in": [ObjectId(event["id"]) for event in events]}})
    return {(str(row["event_id"]), number) for row in rows for number in range(row["first"], row["last"] + 1)}


def last_number(database, event):
    """The number of the last change of an event."""
    return max(number for _, number in numbers_of(database, event))


def sell(app, customer, event, count=SALES):
    """Sell tickets one by one, as a process does."""
    caller = also_in(app, customer)
    for _ in range(count):
        book(caller, event)


def test_two_processes_that_follow_the_same_events_at_once_tell_each_change_once(
    real_app, other_app, database, organizer, as_real_role
):
    webhooks = [make_webhook(organizer), make_webhook(organizer)]
    events = [make_event(organizer, total_tickets=1000) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        for event in events:
            for app in (real_app, other_app):
                pool.submit(sell, app, as_real_role("customer"), event, SALES // 2)
    outbox = services_of(real_app)[Outbox]
    jobs = list(outbox.collection.find({"kind": FOLLOW}))
    assert len(jobs) > SALES  # most of them find that another has told everything
    start = threading.Barrier(8)

    def follow(number):
        app = (real_app, other_app)[number % 2]
        start.wait()
        for job in jobs[number // 2 :: 4]:
            services_of(app)[JobRunner].run([job["_id"]])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(follow, range(8)))
    run(real_app, FOLLOW)
    for webhook in webhooks:
        told = numbers_told(database, webhook)
        assert told.keys() == numbers_of(database, *events)
        assert set(told.values()) == {1}
    assert {row["state"] for row in outbox.collection.find({"kind": FOLLOW})} == {"done"}


def test_a_webhook_made_while_another_process_sells_hears_all_and_nothing_twice(
    real_app, other_app, database, organizer, as_real_role
):
    event, quiet = make_event(organizer, total_tickets=100_000), make_event(organizer)
    sell(other_app, as_real_role("customer"), event, 1)  # so that its process knows that nobody follows
    has_heard, customer = threading.Event(), as_real_role("customer")

    def sell_on():
        while not has_heard.is_set():
            sell(other_app, customer, event, 1)

    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(sell_on)
        try:
            webhook = make_webhook(organizer)
            answered = last_number(database, event)
            eventually(lambda: selling.done() or last_number(database, event) > answered + 1, "sales go on")
        finally:
            has_heard.set()
        selling.result()
    book(also_in(other_app, as_real_role("customer")), quiet)
    run(real_app, CATCH_UP)
    run(real_app, FOLLOW)
    told = numbers_told(database, webhook)
    assert set(told.values()) == {1}
    committed_after = {key for key in numbers_of(database, event) if key[1] > answered}
    assert committed_after and committed_after <= told.keys()
    assert (quiet["id"], 2) in told and (quiet["id"], 1) not in told
    first = min(number for event_id, number in told if event_id == event["id"])
    assert told.keys() - {(quiet["id"], 2)} == {key for key in numbers_of(database, event) if key[1] >= first}


def test_a_job_that_is_run_again_adds_nothing_and_has_what_is_due_delivered(real_app, database, organizer, receiving):
    webhook = make_webhook(organizer)
    event = make_event(organizer)
    run(real_app, FOLLOW)
    outbox = services_of(real_app)[Outbox]
    outbox.collection.delete_many({"kind": "webhooks.deliver"})  # as if the process had died before it scheduled it
    outbox.collection.update_many({"kind": FOLLOW}, {"$set": {"state": "pending"}})
    run(real_app, FOLLOW)
    assert numbers_told(database, webhook) == {(event["id"], 1): 1}
    run(real_app, "webhooks.deliver")
    assert len(receiving.posts) == 1


def test_a_webhook_goes_on_with_the_oldest_change_that_is_kept(real_app, database, organizer):
    webhook = make_webhook(organizer)
    event = make_event(organizer)
    for number in range(5):
        organizer.patch(f"/events/{event['id']}", {"venue": f"Hall {number}"})
    database["changes"].delete_many({"last": {"$lte": 3}})
    run(real_app, FOLLOW)
    assert [number for _, number in sorted(numbers_told(database, webhook))] == [4, 5, 6]


def test_what_there_is_no_room_for_waits_in_the_feed(real_app, database, organizer, monkeypatch):
    monkeypatch.setattr("booking_api.webhooks.follower.MOST_PENDING", 3)
    monkeypatch.setattr("booking_api.webhooks.follower.CHANGES_A_TRANSACTION", 2)
    webhook = make_webhook(organizer)
    event = make_event(organizer)
    for number in range(6):
        organizer.patch(f"/events/{event['id']}", {"venue": f"Hall {number}"})
    run(real_app, FOLLOW)
    assert len(numbers_told(database, webhook)) == 4
    run(real_app, CATCH_UP)
    assert len(numbers_told(database, webhook)) == 4
    run(real_app, "webhooks.deliver")
    run(real_app, CATCH_UP)
    assert numbers_told(database, webhook) == dict.fromkeys(numbers_of(database, event), 1)


def test_a_catch_up_over_many_events_goes_on_page_by_page(real_app, database, organizer, monkeypatch):
    monkeypatch.setattr("booking_api.webhooks.catch_up.EVENTS_A_JOB", 3)
    webhook = make_webhook(organizer)
    organizer.patch(f"/webhooks/{webhook['id']}", {"status": "disabled"})
    events = [make_event(organizer) for _ in range(10)]
    organizer.patch(f"/webhooks/{webhook['id']}", {"status": "active"})
    long_ago = now() - timedelta(hours=1)
    database["changes"].update_many({}, {"$set": {"at": long_ago}})
    database["webhooks"].update_many({}, {"$set": {"follows_from": long_ago - timedelta(hours=1)}})
    outbox = services_of(real_app)[Outbox]
    come_so_far = []
    for _ in range(6):
        run(real_app, CATCH_UP)
        come_so_far.append(len(numbers_told(database, webhook)))
    assert come_so_far == [0, 3, 6, 9, 10, 10]
    assert outbox.collection.find_one({"kind": CATCH_UP})["state"] == "done"
    assert numbers_told(database, webhook) == dict.fromkeys(numbers_of(database, *events), 1)


def test_more_than_twenty_cannot_be_made_by_asking_at_once(real_app, organizer):
    def make(_number):
        return (
            also_in(real_app, organizer)
            .post("/webhooks", {"url": "https://hooks.example.com/", "types": ["*"]})
            .status_code
        )

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(make, range(30)))
    assert statuses == {201: 20, 409: 10}


def test_a_deleted_webhook_leaves_nothing_behind(real_app, database, organizer):
    webhook, other = make_webhook(organizer), make_webhook(organizer)
    make_event(organizer)
    run(real_app, FOLLOW)
    organizer.delete(f"/webhooks/{webhook['id']}")
    run(real_app, "webhooks.forget")
    assert services_of(real_app)[DeliveryStore].collection.distinct("webhook_id") == [ObjectId(other["id"])]
    assert services_of(real_app)[CursorStore].collection.distinct("webhook_id") == [ObjectId(other["id"])]
    outbox = services_of(real_app)[Outbox].collection
    assert outbox.count_documents({"payload.webhook_id": ObjectId(webhook["id"]), "state": "pending"}) == 0


def test_what_is_added_for_a_webhook_while_it_is_deleted_is_deleted_too(real_app, database, organizer):
    webhook = make_webhook(organizer)
    make_event(organizer)
    run(real_app, FOLLOW)
    database["webhooks"].delete_one({})  # after the follower has read it
    run(real_app, "webhooks.deliver")
    run(real_app, "webhooks.forget")
    assert numbers_told(database, webhook) == {}
