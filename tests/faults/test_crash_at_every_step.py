"""A process that is killed before or after any of its database commands leaves all of an operation or nothing."""

import pytest

from booking_api.storage.client import connect

from ..pids import CALM_SECONDS
from .conftest import named
from .database_checks import app_on, audit, end_leases, end_sessions, finish_jobs
from .killed_process import AFTER, BEFORE, DIED, FAILED, KilledProcesses
from .operations import OPERATIONS, Site
from .waitlist_operations import WAITLIST_OPERATIONS

FEWEST_COMMANDS = 4
ALL = OPERATIONS | WAITLIST_OPERATIONS


@pytest.fixture(scope="module")
def site(mongod):
    """An app, and the processes that are killed."""
    address = named(mongod)
    database = connect(address, seconds=CALM_SECONDS)
    made = Site(app_on(database), database)
    made.processes = KilledProcesses(address)
    yield made
    made.processes.close()
    database.client.drop_database(database.name)
    database.client.close()


def steps(site, prepare):
    """How many commands the operation takes when nothing is killed."""
    operation = prepare(site)
    (count,) = site.processes.run([operation.task()])
    assert FEWEST_COMMANDS <= count < FAILED
    finish_jobs(site.app)
    assert operation.now() in operation.final
    return count


def moments(count, large):
    """Before and after each command; the moment before one is the moment after the last, so a small run has it once."""
    numbers = range(1, count + 1)
    before = [(number, BEFORE) for number in numbers]
    return (before if large > 1 else before[:1]) + [(number, AFTER) for number in numbers]


@pytest.mark.parametrize("prepare", ALL.values(), ids=ALL)
def test_a_process_killed_at_any_command_leaves_all_or_nothing_to_be_repeated(site, prepare, large):
    points = moments(steps(site, prepare), large)
    operations = [prepare(site) for _ in points]
    ends = site.processes.run([operation.task(at) for operation, at in zip(operations, points, strict=True)])
    assert set(ends) == {DIED}

    states = [operation.now() for operation in operations]
    assert [pair for pair in zip(points, states, strict=True) if pair[1] not in operations[0].allowed] == []
    assert states[0] == operations[0].allowed[0]  # before the first command nothing has happened
    assert audit(site.database) == []

    end_sessions(site.database)
    end_leases(site.database)
    again = app_on(site.database)
    for operation in operations:
        operation.repeat()
    finish_jobs(again)
    states = [operation.now() for operation in operations]
    assert [pair for pair in zip(points, states, strict=True) if pair[1] not in operations[0].final] == []
    assert audit(site.database) == []
    for operation in operations:  # and once more changes nothing
        if operation.headers:
            operation.repeat()
    assert [operation.now() for operation in operations] == states
