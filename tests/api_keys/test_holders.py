"""Who holds a key: what it costs to know, how soon its end is known, what trying keys comes to. On the real server."""

from dataclasses import replace

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.accounts.administration import AccountAdministration
from booking_api.accounts.store import UserStore
from booking_api.api_keys import holders, known_keys
from booking_api.api_keys.service import ApiKeyService
from booking_api.api_keys.store import ApiKeyStore
from booking_api.auth.access import KeyHolders
from booking_api.auth.api_keys import new_key
from booking_api.auth.tokens import SessionEnded
from booking_api.http.rate_limits import Limit
from booking_api.http.services import services_of
from booking_api.storage.client import connect

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import sign_up
from ..fakes import Clock
from ..pids import CALM_SECONDS

LIST = "/users/me/events"


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """The time."""
        return self.now


@pytest.fixture
def ada(as_real_role):
    """An organizer."""
    return as_real_role("organizer")


@pytest.fixture
def made(ada):
    """A key of the organizer's."""
    return ada.post("/api-keys", {"name": "Key", "scopes": ["events:read"]}).json


@pytest.fixture
def worker(mongod, database, outgoing):
    """Makes another process's application on the same database, with a clock of its own for what it knows."""
    clients = []

    def make(**settings):
        client = connect(mongod.replace("/?", f"/{database.name}?"), seconds=CALM_SECONDS)
        clients.append(client)
        app = create_app(replace(SETTINGS, **settings), database=client, sender=outgoing)
        ticks = Ticks()
        services_of(app)[KeyHolders]._known._monotonic = ticks
        return app, ticks

    yield make
    for client in clients:
        client.client.close()


@pytest.fixture
def lookups(monkeypatch):
    """The keys that are asked for in the database."""
    asked, find = [], ApiKeyStore.find_by_digest
    monkeypatch.setattr(
        ApiKeyStore, "find_by_digest", lambda store, digest: asked.append(digest) or find(store, digest)
    )
    return asked


def status(app, key):
    """What a key gets."""
    return Api(app.test_client(), key).get(LIST).status_code


def test_a_key_is_asked_for_once_in_some_seconds_whether_there_is_one_or_not(worker, made, lookups):
    app, ticks = worker()
    unknown = new_key()
    for _ in range(5):
        assert (status(app, made["key"]), status(app, unknown)) == (200, 401)
    assert len(lookups) == 2
    ticks.now += known_keys.SECONDS
    assert status(app, made["key"]) == 200
    assert len(lookups) == 3


def test_a_deleted_key_is_dead_within_five_seconds_on_every_worker(real_app, worker, ada, made):
    app, ticks = worker()
    assert (status(app, made["key"]), status(real_app, made["key"])) == (200, 200)
    assert ada.delete(f"/api-keys/{made['id']}").status_code == 204
    assert status(real_app, made["key"]) == 401
    ticks.now += 5
    assert_problem(Api(app.test_client(), made["key"]).get(LIST), 401, "token_invalid")


def test_a_key_that_dies_while_it_is_asked_for_is_not_known_for_longer(made):
    ticks, known = Ticks(), known_keys.KnownKeys()
    known._monotonic = ticks

    def find_slowly(_digest):
        ticks.now += 3
        return made

    assert known.get("digest", find_slowly) == (made, True)
    ticks.now += 2
    assert known.get("digest", lambda _digest: None) == (None, True)


def test_only_so_many_keys_are_known(monkeypatch):
    monkeypatch.setattr(known_keys, "MOST", 3)
    known = known_keys.KnownKeys()
    for number in range(10):
        known.get(str(number), lambda _digest: None)
    assert list(known._keys) == ["7", "8", "9"]


def test_the_keys_of_a_banned_organizer_die_for_good(real_app, worker, ada, made):
    app, ticks = worker()
    assert status(app, made["key"]) == 200
    services = services_of(real_app)
    user = services[UserStore].find(ObjectId(ada.user["id"]))
    services[AccountAdministration].ban(user, None)
    ticks.now += 5
    assert (status(app, made["key"]), status(real_app, made["key"])) == (401, 401)
    services[AccountAdministration].unban(user)
    ticks.now += 5
    assert (status(app, made["key"]), status(real_app, made["key"])) == (401, 401)


def test_a_key_that_is_made_during_a_ban_does_not_survive_it(real_app, ada, monkeypatch):
    services, put = services_of(real_app), ApiKeyStore.put
    user = services[UserStore].find(ObjectId(ada.user["id"]))

    def ban_then_put(store, key):
        services[AccountAdministration].ban(user, None)
        put(store, key)

    monkeypatch.setattr(ApiKeyStore, "put", ban_then_put)
    fields = {"name": "Key", "scopes": ["events:read"], "event_id": None, "expires_at": None}
    with pytest.raises(SessionEnded):
        services[ApiKeyService].create(user["_id"], fields, ObjectId())
    assert services[ApiKeyStore].collection.count_documents({}) == 0


def test_it_is_noted_once_a_minute_that_a_key_is_used(real_app, ada, made):
    clock, known = Clock(), known_keys.KnownKeys()
    store = services_of(real_app)[ApiKeyStore]
    found = holders.KeyHolders(store, known, clock)
    seen = []
    for seconds in (0, 30, 29, 1, 61):
        clock.advance(seconds=seconds)
        known.forget_all()
        found.holder(made["key"])
        seen.append(store.collection.find_one()["last_used_at"])
    assert seen[0] == seen[1] == seen[2] < seen[3] < seen[4]
    assert ada.get("/api-keys").json["items"][0]["last_used_at"] is not None


def test_unknown_keys_count_against_the_address_and_bar_no_known_one(worker, made, monkeypatch):
    monkeypatch.setattr(holders, "UNKNOWN", Limit("api-keys", address="3/minute"))
    app, _ = worker(ratelimit_enabled=True)
    assert [status(app, new_key()) for _ in range(5)] == [401, 401, 401, 429, 429]
    assert [status(app, "bk_mistyped") for _ in range(5)] == [401] * 5
    assert status(app, made["key"]) == 200
    other = app.test_client().get(
        f"/api/v1{LIST}",
        headers={"Authorization": f"Bearer {new_key()}"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert other.status_code == 401


def test_a_request_with_a_key_that_is_known_costs_no_command_more(worker, made, monkeypatch):
    app, _ = worker()
    status(app, made["key"])
    monkeypatch.setattr(ApiKeyStore, "find_by_digest", None)
    monkeypatch.setattr(ApiKeyStore, "note_use", None)
    assert status(app, made["key"]) == 200


def test_another_organizer_has_other_keys(real_app, ada, made):
    other = sign_up(real_app, "organizer")
    assert other.get("/api-keys").json["items"] == []
    assert len(ada.get("/api-keys").json["items"]) == 1
