"""A process that is killed before or after any of its database commands leaves all of an operation or nothing."""

import pytest

from booking_api.storage.client import connect

from .books import app_on, audit, end_leases, end_sessions, finish_jobs
from .conftest import named
from .scenes import SCENES, Stage
from .victim import AFTER, BEFORE, DIED, FAILED, Victims

FEWEST_COMMANDS = 4


@pytest.fixture(scope="module")
def stage(mongod):
    """An app, and beside it what dies."""
    address = named(mongod)
    database = connect(address, seconds=10)
    made = Stage(app_on(database), database)
    made.victims = Victims(address)
    yield made
    made.victims.close()
    database.client.drop_database(database.name)
    database.client.close()


def steps(stage, make_scene):
    """How many commands the operation takes when nobody dies."""
    scene = make_scene(stage)
    (count,) = stage.victims.run([scene.task()])
    assert FEWEST_COMMANDS <= count < FAILED
    finish_jobs(stage.app)
    assert scene.now() in scene.final
    return count


def moments(count, large):
    """Before and after each command; the moment before one is the moment after the last, so a small run has it once."""
    numbers = range(1, count + 1)
    before = [(number, BEFORE) for number in numbers]
    return (before if large > 1 else before[:1]) + [(number, AFTER) for number in numbers]


@pytest.mark.parametrize("make_scene", SCENES.values(), ids=SCENES)
def test_whoever_dies_at_whatever_command_leaves_all_or_nothing_and_a_repeat_completes_it(stage, make_scene, large):
    points = moments(steps(stage, make_scene), large)
    scenes = [make_scene(stage) for _ in points]
    ends = stage.victims.run([scene.task(at) for scene, at in zip(scenes, points, strict=True)])
    assert set(ends) == {DIED}

    states = [scene.now() for scene in scenes]
    assert [pair for pair in zip(points, states, strict=True) if pair[1] not in scenes[0].allowed] == []
    assert states[0] == scenes[0].allowed[0]  # before the first command nothing has happened
    assert audit(stage.database) == []

    end_sessions(stage.database)
    end_leases(stage.database)
    again = app_on(stage.database)
    for scene in scenes:
        scene.repeat()
    finish_jobs(again)
    states = [scene.now() for scene in scenes]
    assert [pair for pair in zip(points, states, strict=True) if pair[1] not in scenes[0].final] == []
    assert audit(stage.database) == []
    for scene in scenes:  # and once more changes nothing
        if scene.headers:
            scene.repeat()
    assert [scene.now() for scene in scenes] == states
