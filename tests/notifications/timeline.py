"""Lets time pass for an app whose clock is a test's: each job is run at the moment at which a service would run it."""

from datetime import timedelta

from booking_api.http.services import services_of
from booking_api.jobs.outbox import FAST_PATH_SECONDS, Outbox
from booking_api.jobs.runner import JobRunner

FAST_PATH = timedelta(seconds=FAST_PATH_SECONDS)


def pass_time(app, clock, **duration):
    """Run what is to be run within this time, each job in its moment, and let the time pass."""
    services = services_of(app)
    rows, end = services[Outbox].collection, clock.now + timedelta(**duration)
    while due := [row for row in rows.find({"state": "pending"}) if _moment(row) <= end]:
        first = min(due, key=_moment)
        clock.now = max(clock.now, _moment(first))
        services[JobRunner].run([first["_id"]])
    clock.now = end


def pending(app, kind):
    """When the jobs of a kind fall due."""
    rows = services_of(app)[Outbox].collection
    return [row["due_at"] for row in rows.find({"state": "pending", "kind": kind})]


def _moment(row):
    is_fast = row["attempts"] == 0 and row["due_at"] == row["created_at"] + FAST_PATH
    return row["created_at"] if is_fast else row["due_at"]
