"""Let time pass in tests: move the clock, and run each job at the time at which a running service would."""

from datetime import timedelta

from booking_api.http.services import services_of
from booking_api.jobs.outbox import FAST_PATH_SECONDS, Outbox
from booking_api.jobs.runner import JobRunner

FAST_PATH = timedelta(seconds=FAST_PATH_SECONDS)


def pass_time(app, clock, **duration):
    """Move the clock on, and run each job that falls due by then, at its own time."""
    services = services_of(app)
    rows, end = services[Outbox].collection, clock.now + timedelta(**duration)
    while due := [row for row in rows.find({"state": "pending"}) if _run_at(row) <= end]:
        first = min(due, key=_run_at)
        clock.now = max(clock.now, _run_at(first))
        services[JobRunner].run([first["_id"]])
    clock.now = end


def pending(app, kind):
    """Return when the pending jobs of a kind fall due."""
    rows = services_of(app)[Outbox].collection
    return [row["due_at"] for row in rows.find({"state": "pending", "kind": kind})]


def _run_at(row):
    is_on_fast_path = row["attempts"] == 0 and row["due_at"] == row["created_at"] + FAST_PATH
    return row["created_at"] if is_on_fast_path else row["due_at"]
