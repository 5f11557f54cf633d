"""Apps for tests: their settings, an app on mongomock, and running the jobs that an app owes.

An app compiles functions that build the URLs of its rules, which takes most of the time to make it. They depend on the
rule alone, so all apps of a test run share them.
"""

import itertools
from dataclasses import replace
from datetime import timedelta

import mongomock
from werkzeug.routing import Rule

from booking_api import create_app
from booking_api.config import Settings
from booking_api.http.response_cache import ResponseCache
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner

from .fakes import NoTransactions, Receiving

SETTINGS = Settings(
    jwt_secret_key="a secret for tests of at least thirty-two bytes",
    bcrypt_rounds=4,
    update_notice_seconds=0,
    ratelimit_enabled=False,
    request_seconds=60,  # no test hears 503 because the machine is busy
    log_level="WARNING",
)

_compile_builder = Rule._compile_builder
_builders = {}


def _compile_builder_once(rule, append_unknown=True):
    if rule.defaults:  # they are compiled in
        return _compile_builder(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compile_builder_once


def mongomock_app(clock, outgoing, receiving=None, provider=None, **settings):
    """Return an app on an empty mongomock, with some settings of its own."""
    database = mongomock.MongoClient(tz_aware=True)["booking"]
    chosen = replace(SETTINGS, **settings)
    receivers = (receiving or Receiving()).receivers
    return create_app(
        chosen,
        database=database,
        transactions=NoTransactions(),
        sender=outgoing,
        receivers=receivers,
        provider=provider,
        clock=clock,
    )


def cache_nothing(app):
    """Give each request a second of its own, so that no list is answered from the cache."""
    services_of(app).add(ResponseCache(itertools.count(1).__next__), ResponseCache)


def run_jobs(app):
    """Run the jobs that are due within a minute, and the jobs that these add, until none is left."""
    services = services_of(app)
    outbox, jobs = services[Outbox], services[JobRunner]
    for _ in range(100):
        soon = {"$lte": outbox.now() + timedelta(minutes=1)}
        pending = [row["_id"] for row in outbox.collection.find({"state": "pending", "attempts": 0, "due_at": soon})]
        if not pending:
            return
        jobs.run(pending)
    raise AssertionError("The jobs do not come to an end.")
