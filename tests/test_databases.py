"""A database that is used again shows nothing of the test before."""

import pytest

from .databases import Reused


@pytest.fixture
def use(mongod):
    """Uses the database for what a test does with it; its name."""
    reused = Reused()

    def apply(work):
        with reused.database(mongod) as database:
            work(database)
            return database.name

    return apply


def shown(database):
    """Its documents, its collections with their indexes, and what is profiled."""
    names = sorted(database.list_collection_names())
    documents = [row for name in names for row in database[name].find()]
    return documents, {name: list(database[name].list_indexes()) for name in names}, database.command("profile", -1)


def test_what_was_written_made_and_profiled_is_gone_and_the_indexes_are_there(use):
    before, after = [], []

    def work(database):
        before.append(shown(database))
        database["bookings"].insert_one({"event_id": 1})
        database["made"].create_index("colour")
        database.command("profile", 2)

    name = use(work)
    assert use(lambda database: after.append(shown(database))) == name
    (documents, indexes, profile), again = before[0], after[0]
    assert documents == []
    assert len(indexes["bookings"]) > 3
    assert again[:2] == (documents, indexes)
    assert again[2]["was"] == profile["was"] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda database: database["bookings"].create_index("colour"),
        lambda database: database["bookings"].drop_index("tickets.code_1"),
        lambda database: database["bookings"].drop(),
    ],
)
def test_after_a_change_of_indexes_there_is_another(use, change):
    assert use(change) != use(lambda _: None)


def test_after_a_failure_there_is_another(use):
    names = []

    def fail(database):
        names.append(database.name)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use(fail)
    assert use(lambda _: None) != names[0]
