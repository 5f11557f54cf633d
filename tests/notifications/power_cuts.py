"""A process that dies, and the one that goes on after it."""

from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.service import ANNOUNCE_REMINDER


class PowerCut(BaseException):
    """Ends a process: no handler of errors sees it."""


def go_on(app):
    """A new process: what the dead one had claimed is free again, and everything owed but reminders is done."""
    services = services_of(app)
    jobs = services[Outbox].collection
    for _ in range(50):
        jobs.update_many({"state": "pending", "attempts": {"$gt": 0}}, {"$set": {"due_at": now()}})
        due = [row["_id"] for row in jobs.find({"state": "pending", "kind": {"$ne": ANNOUNCE_REMINDER}})]
        if not due:
            return
        services[JobRunner].run(due)
    raise AssertionError("The jobs do not come to an end.")
