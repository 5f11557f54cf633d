"""The indexes of a version: made before it starts, by as many machines as like to, while sales go on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import NetworkTimeout

from booking_api import create_app
from booking_api.clock import now
from booking_api.errors import StartupError
from booking_api.http.services import services_of
from booking_api.server import preparing
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS


@pytest.fixture
def bare(database, outgoing):
    """An app whose database has no indexes yet."""
    return create_app(SETTINGS, database=database, sender=outgoing, clock=now)


def run(app):
    """Run the command: its exit status and the lines it printed."""
    with app.app_context():  # `flask --app wsgi` pushes it
        result = app.test_cli_runner().invoke(args=["indexes"])
    return result.exit_code, result.output.splitlines()


def test_what_is_missing_is_made_and_named(bare, database):
    status, lines = run(bare)
    assert status == 0
    assert "users: created email_key_1" in lines
    assert database["users"].index_information()["email_key_1"]["unique"]
    assert "status_1_created_at_1__id_1" in database["events"].index_information()


def test_a_second_run_makes_nothing(bare):
    run(bare)
    status, lines = run(bare)
    assert status == 0
    assert "users: 1 present, none missing" in lines
    assert not [line for line in lines if "created" in line]


def test_an_index_of_another_version_is_named_and_kept(bare, database):
    database["bookings"].create_index("colour")
    status, lines = run(bare)
    assert status == 0
    assert "bookings: also has colour_1, which this version does not use" in lines
    assert "colour_1" in database["bookings"].index_information()


def test_many_machines_may_make_them_at_once(bare):
    stores = services_of(bare)[Stores]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: stores.ensure_indexes(), range(8)))
    assert run(bare)[1].count("bookings: 10 present, none missing") == 1


def test_one_that_cannot_be_made_is_a_sentence_that_names_its_collection(bare, database):
    database["users"].insert_many([{"email_key": "a"}, {"email_key": "a"}])
    status, lines = run(bare)
    assert status == 1
    assert lines[-1].startswith("Error: users: ")
    assert "duplicate key" in lines[-1]


def test_a_start_that_would_wait_for_a_long_build_says_what_to_do(bare, monkeypatch):
    def take_long(_self):
        raise NetworkTimeout("took too long")

    monkeypatch.setattr(Stores, "ensure_indexes", take_long)
    with pytest.raises(StartupError, match="flask --app wsgi indexes"):
        preparing._ensure_indexes(services_of(bare)[Stores])
