"""What somebody sees who starts the service for the first time: one line, or one sentence that says what to do."""

import contextlib
import json
import os
import signal
import socket

import pytest

from ..pids import eventually
from ..processes import Service, flask_run

pytestmark = pytest.mark.server

SECONDS = 60
LINE = "Event Booking API "


@contextlib.contextmanager
def busy_port(host="127.0.0.1", family=socket.AF_INET):
    """A port that somebody listens on."""
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        yield listener.getsockname()[1]


def refusal(service):
    """The one sentence with which a service ends that has started nothing."""
    service.launch()
    try:
        assert service.wait_end(SECONDS) == 1
        printed = service.output()
        assert not (service.var_dir / "mongodb").exists(), "MongoDB was started before"
    finally:
        service.close()
    lines = printed.splitlines()
    assert len(lines) == 1, printed
    assert lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")


def announcements(service):
    """The lines at the start of a service."""
    return [line for line in service.output().splitlines() if LINE in line]


def test_one_line_says_what_runs_and_gunicorn_does_not_say_it_again(var_dir):
    with Service(var_dir, workers=2, CORS_ORIGIN="hidden") as service:
        (line,) = announcements(service)
        assert (
            f" at {service.url}, documentation at {service.url}/docs; embedded MongoDB in {var_dir}/mongodb; " in line
        )
        assert "; mail is printed here and kept in " in line
        assert service.status("/docs") == 200
        printed = service.output()
        assert "CORS_ORIGIN is not a setting: do you mean CORS_ORIGINS?" in printed
        assert "hidden" not in printed
        for said_twice in ("Listening at", "Using worker", "Starting gunicorn"):
            assert said_twice not in printed
        os.kill(service.pid, signal.SIGHUP)  # a reload keeps the sockets, and its own port is no other's
        eventually(lambda: "Hang up" in service.output(), "it was reloaded")
        eventually(lambda: service.status("/readyz") == 200, "it answers")
        assert service.stop() == 0
        assert announcements(service) == [line]


def test_in_production_the_line_is_json_and_names_the_database(var_dir, database, mongod):
    uri = mongod.replace("/?", f"/{database.name}?")
    with Service(var_dir, MONGODB_URI=uri) as service:
        (line,) = announcements(service)
        row = json.loads(line)
        assert row["level"] == "INFO"
        assert f"http://127.0.0.1:{service.port} (and every other address of this machine)" in row["message"]
        assert f"database {database.name}; " in row["message"]


def test_flask_run_says_it_too(var_dir):
    with Service(var_dir, command=flask_run) as service:
        assert len(announcements(service)) == 1
        assert service.url in announcements(service)[0]


@pytest.mark.parametrize("command", [None, flask_run])
def test_a_busy_port_is_one_sentence_at_once_before_anything_starts(var_dir, command):
    with busy_port() as port:
        service = Service(var_dir, **({"command": lambda _port: command(port)} if command else {}), PORT=port)
        sentence = refusal(service)
    how = "--port " if command else "PORT="
    head, _, free = sentence.removesuffix(".").rpartition(how)
    assert head == f"Port {port} is in use: choose another with "
    assert port < int(free) <= port + 20


def test_a_busy_port_that_gunicorn_was_told_is_to_be_told_again(var_dir):
    with busy_port() as port:
        sentence = refusal(Service(var_dir, GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{port}"))
    assert f"Port {port} is in use: choose another with --bind 127.0.0.1:" in sentence


def test_an_address_of_another_machine_is_one_sentence(var_dir):
    assert "192.0.2.7 is not an address of this machine" in refusal(Service(var_dir, HOST="192.0.2.7"))


def test_it_listens_at_the_address_of_host(var_dir):
    try:
        with busy_port("::1", socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("This machine has no IPv6.")
    service = Service(var_dir, HOST="[::1]")
    service.url = f"http://[::1]:{service.port}"
    with service:
        assert f" at {service.url}, " in announcements(service)[0]


def test_sockets_that_systemd_has_opened_are_not_taken_for_anothers(var_dir):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        # As systemd does: the socket is descriptor 3, and LISTEN_PID the process that is to have it.
        script = "exec 3<&{0}; export LISTEN_FDS=1 LISTEN_PID=$$; exec {1}"

        def command(_port):
            service = "python -m gunicorn wsgi:app"
            return ["bash", "-c", script.format(listener.fileno(), f"{os.sys.prefix}/bin/{service}")]

        service = Service(var_dir, command=command, PORT=port)
        service.url = f"http://127.0.0.1:{port}"
        service.inherited = (listener.fileno(),)
        with service:
            assert f" at {service.url}, " in announcements(service)[0]


def test_a_folder_that_cannot_be_used_is_one_sentence_that_names_var_dir(tmp_path):
    (tmp_path / "file").touch()
    sentence = refusal(Service(tmp_path / "file" / "var"))
    assert "VAR_DIR" in sentence and "Not a directory" in sentence
    sentence = refusal(Service(tmp_path / "file" / "var", JWT_SECRET_KEY="x" * 32))
    assert "VAR_DIR" in sentence
