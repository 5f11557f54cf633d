"""What must hold after any fault: the audit is clean, and each key has exactly one booking, as was acknowledged."""

from collections import Counter
from datetime import timedelta

from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.rules import LIVE
from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.check_ins.audit import CheckInAudit
from booking_api.clock import now
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.payments.money_audit import PaymentAudit
from booking_api.promo.audit import PromoAudit
from booking_api.storage.indexes import Stores
from booking_api.waitlist.audit import WaitlistAudit
from booking_api.waitlist.wiring import SERVE

from ..apps import SETTINGS
from ..fakes import Outgoing

ROUNDS = 100


def app_on(database, settings=SETTINGS):
    """A new app on a database, as a process that was just started has it; its jobs run when they are told to."""
    app = create_app(settings, database=database, sender=Outgoing())
    services_of(app)[Stores].ensure_indexes()
    return app


def audit(database):
    """What the audit finds wrong: a list of sentences."""
    services = services_of(create_app(SETTINGS, database=database))
    checkers = [services[each] for each in (Audit, FeedAudit, WaitlistAudit, CheckInAudit, PromoAudit, PaymentAudit)]
    return [fault for checker in checkers for found in checker.check() for fault in found]


def end_leases(database):
    """Let the time pass after which the keys of a dead process may be used again."""
    database["idempotency_keys"].update_many({"answer": None}, {"$set": {"running_until": now()}})


def end_sessions(database):
    """Let the time pass after which MongoDB ends the transactions that a dead process left open."""
    database.client.admin.command("killAllSessions", [])


def finish_jobs(app):
    """Run all that is owed, and what a dead process had claimed, but for holds and sales whose time is not over."""
    outbox, jobs = services_of(app)[Outbox], services_of(app)[JobRunner]
    for _ in range(ROUNDS):
        owed = {"state": "pending"} | {
            "$or": [{"kind": {"$nin": [EXPIRE_HOLD, SERVE]}}, {"attempts": {"$gt": 0}}, {"due_at": {"$lte": now()}}]
        }
        pending = [row["_id"] for row in outbox.collection.find(owed)]
        if not pending:
            assert outbox.collection.find_one({"state": "failed"}) is None
            return
        outbox.collection.update_many({"_id": {"$in": pending}}, {"$set": {"due_at": now() - timedelta(seconds=1)}})
        jobs.run(pending)
    raise AssertionError("The jobs do not come to an end.")


def assert_exact(database, acknowledged, event=None):
    """Each acknowledged `{key: booking}` is there once and as it was said, nothing else is, and the books add up.

    With an `event` all of them are of this one; those of others, and the audit, are left out.
    """
    of_event = {"event_id": ObjectId(event["id"])} if event else {}
    stored = list(database["bookings"].find(of_event))
    times = Counter(booking.get("idempotency_key") for booking in stored)
    assert {key: count for key, count in times.items() if count != 1} == {}
    said_of = {said["id"]: said for said in acknowledged.values()}
    assert len(said_of) == len(acknowledged)  # no two keys were told of the same booking
    assert {str(booking["_id"]) for booking in stored} == said_of.keys()
    for booking in stored:
        said = said_of[str(booking["_id"])]
        for name in ("status", "quantity"):
            assert booking[name] == said[name], (name, said)
    taken = Counter()
    for booking in stored:
        taken[booking["event_id"]] += booking["quantity"] if booking["status"] in LIVE else 0
    for row in database["events"].find({"_id": of_event["event_id"]} if event else {}):
        assert row["available_tickets"] == row["total_tickets"] - taken[row["_id"]] >= 0
    if not event:
        assert audit(database) == []


def assert_all_there(database, customers):
    """Each booking that customers were told of is there as it was said, alone in their events; and the books add up."""
    for event in customers.events:
        of_event = {key: said for key, said in customers.acknowledged.items() if said["event_id"] == event["id"]}
        assert_exact(database, of_event, event)
    assert audit(database) == []
