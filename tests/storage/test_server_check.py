"""The check before the start: which MongoDB is refused, and in which words."""

import math
import socket

import pytest

from booking_api.errors import StartupError
from booking_api.storage.client import connect
from booking_api.storage.server_check import require_transactions

from ..pids import CALM_SECONDS
from ..ports import free_port
from ..standalone import standalone_mongod


def refusal(uri, patience=1):
    """The sentence with which a server is refused; one that is known to be away is waited for no longer than that."""
    database = connect(uri, seconds=CALM_SECONDS, patience=patience)
    try:
        with pytest.raises(StartupError) as caught:
            require_transactions(database, uri)
    finally:
        database.client.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_replica_set_is_accepted(database):
    require_transactions(database, "mongodb://localhost")


@pytest.mark.server
def test_a_standalone_server_is_refused_with_the_way_to_make_it_a_replica_set(var_dir):
    with standalone_mongod(var_dir) as uri:
        sentence = refusal(uri, patience=math.inf)
    assert "standalone" in sentence
    assert "--replSet rs0" in sentence
    assert "rs.initiate()" in sentence


def test_an_unreachable_server_is_refused_with_what_to_check():
    sentence = refusal(f"mongodb://127.0.0.1:{free_port()}/booking")
    assert "cannot be reached" in sentence
    assert "Connection refused" in sentence
    assert "check the address" in sentence


def test_an_unknown_host_is_refused_with_what_to_check(monkeypatch):
    def know_nobody(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", know_nobody)
    sentence = refusal("mongodb://mongo.invalid/booking")
    assert "cannot be reached" in sentence
    assert "mongo.invalid" in sentence


def test_a_refused_login_is_told_as_such_without_the_password(mongod):
    sentence = refusal(mongod.replace("mongodb://", "mongodb://somebody:open-sesame@"), patience=math.inf)
    assert "refused the login" in sentence
    assert "open-sesame" not in sentence
