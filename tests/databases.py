"""A database that tests use one after the other, because creating all indexes takes longer than most tests."""

from contextlib import contextmanager

from bson import ObjectId

from booking_api import create_app
from booking_api.http.services import services_of
from booking_api.storage.client import connect
from booking_api.storage.indexes import Stores

from .apps import SETTINGS
from .pids import CALM_SECONDS


class Reused:
    """One database on each server, with all indexes; emptied after each use."""

    def __init__(self):
        self._names: dict[str, str] = {}
        self._indexes: dict[str, dict] = {}  # of each collection, by the address of the server

    @contextmanager
    def database(self, address):
        """The database with all indexes and no document, by a client of its own."""
        if address not in self._names:
            self._names[address] = f"test-{ObjectId()}"
        database = connect(address.replace("/?", f"/{self._names[address]}?"), seconds=CALM_SECONDS)
        try:
            if address not in self._indexes:
                services_of(create_app(SETTINGS, database=database))[Stores].ensure_indexes()
                self._indexes[address] = {name: _indexes(database, name) for name in database.list_collection_names()}
            yield database
            if not _emptied(database, self._indexes[address]):
                self._forget(address)
        except BaseException:  # nobody knows what is left in it
            self._forget(address)
            raise
        finally:
            database.client.close()

    def _forget(self, address):
        self._names.pop(address, None)
        self._indexes.pop(address, None)


def _indexes(database, name):
    return list(database[name].list_indexes())


def _emptied(database, indexes):
    """Delete all documents, and all collections that a test has made. Returns False if it has changed an index."""
    if database.command("profile", -1)["was"]:
        database.command("profile", 0)
    names = set(database.list_collection_names())
    for name in names - indexes.keys():
        database.drop_collection(name)
    for name in names & indexes.keys():
        if database[name].delete_many({}).deleted_count:
            database.command("planCacheClear", name)
    return names >= indexes.keys() and all(_indexes(database, name) == known for name, known in indexes.items())
