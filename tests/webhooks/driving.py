"""Makes webhooks, runs the jobs that are due, and shows what came of them."""

from datetime import timedelta

from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.webhooks.delivery_store import DeliveryStore
from booking_api.webhooks.kinds import DELIVER, DELIVER_SLOWLY
from booking_api.webhooks.store import WebhookStore

URL = "https://hooks.example.com/tickets"


def make_webhook(organizer, **fields):
    """A webhook of this organizer, for all types unless told otherwise; with its secret."""
    response = organizer.post("/webhooks", {"url": URL, "types": ["*"]} | fields)
    assert response.status_code == 201, response.json
    return response.json


def work(app):
    """Run the jobs that are due, and those that they add, until none is."""
    outbox, jobs = services_of(app)[Outbox], services_of(app)[JobRunner]
    for _ in range(1000):
        new = {"attempts": 0, "scheduled": None}
        due = {"state": "pending", "$or": [new, {"due_at": {"$lte": outbox.now()}}]}
        ids = [row["_id"] for row in outbox.collection.find(due, {"_id": 1})]
        if not ids:
            return
        jobs.run(ids)
    raise AssertionError("The jobs do not come to an end.")


def deliver_only(app):
    """Run the jobs that deliver, and no others."""
    outbox, jobs = services_of(app)[Outbox], services_of(app)[JobRunner]
    kinds = {"kind": {"$in": [DELIVER, DELIVER_SLOWLY]}, "state": "pending"}
    jobs.run([row["_id"] for row in outbox.collection.find(kinds, {"_id": 1})])


def work_for(app, clock, *, step, **duration):
    """Let time pass in steps of so many minutes, and run what is due after each."""
    until = clock.now + timedelta(**duration)
    while clock.now < until:
        clock.advance(minutes=step)
        work(app)


def stored(app, webhook):
    """A webhook as it is stored."""
    return services_of(app)[WebhookStore].find(ObjectId(webhook["id"]))


def deliveries(app, webhook):
    """The deliveries of a webhook as they are stored, by event and number."""
    found = services_of(app)[DeliveryStore].collection.find({"webhook_id": ObjectId(webhook["id"])})
    return sorted(found, key=lambda row: (row["message"]["event_id"], row["sequence"]))


def told(receiving):
    """Types and numbers of what was posted, in order."""
    return [(message["type"], message["sequence"]) for _, _, message in receiving.posts]
