"""The embedded MongoDB under a real service: started again when it dies, gone when the service is."""

import json
import os
import signal

import pytest

from booking_api.development import embedded, supervisor

from ..pids import children, eventually, is_alive, state
from ..processes import Service, flask_run, gunicorn

pytestmark = pytest.mark.server

ENDED = "The embedded MongoDB has ended (SIGKILL)"
BACK = "The embedded MongoDB answers again."


def kill_mongod(service):
    """Kill it, and wait until the supervisor has reaped it; its process id."""
    killed = service.mongod_pid()
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: state(killed) == "X", "it is reaped")
    return killed


@pytest.mark.parametrize("command", [gunicorn, flask_run])
def test_a_mongod_that_was_killed_is_started_again_with_its_data(var_dir, command):
    with Service(var_dir, command=command, REQUEST_SECONDS=2) as service:
        person = service.sign_up("customer")
        killed = kill_mongod(service)
        eventually(lambda: service.status("/readyz") == 200, "the service is ready again")
        account = eventually(lambda: (got := person.get("/users/me")).status_code == 200 and got.json(), "it is served")
        assert account["id"] == person.user["id"]
        assert service.mongod_pid() != killed
        eventually(lambda: BACK in service.output(), "the log says so")
        assert ENDED in service.output()
        assert "Traceback" not in service.output()
        assert service.stop(signal.SIGTERM) == (-signal.SIGTERM if command is flask_run else 0)
        eventually(lambda: not service.left_behind(), "everything has ended")
        assert service.output().count("has ended") == 1


def test_the_log_of_a_restart_is_in_the_format_of_the_service(var_dir):
    with Service(var_dir, LOG_FORMAT="json") as service:
        kill_mongod(service)
        eventually(lambda: BACK in service.output(), "it is back")
        rows = [json.loads(line) for line in service.output().splitlines()]
    row = next(row for row in rows if row["message"].startswith(ENDED))
    assert (row["level"], row["logger"]) == ("ERROR", "booking_api.development.supervisor")


def test_a_mongod_that_dies_at_once_is_started_again_after_growing_pauses(var_dir):
    with Service(var_dir) as service:
        for number in range(1, 4):
            kill_mongod(service)
            eventually(lambda number=number: service.output().count(BACK) == number, "it is back")
        printed = service.output()
    assert [f"started again in {pause} s" in printed for pause in (0, 1, 2)] == [True] * 3


def test_mongod_and_its_supervisor_die_with_a_killed_master(var_dir):
    with Service(var_dir) as service:
        keeper, mongod = service.supervisor_pid(), service.mongod_pid()
        os.kill(service.pid, signal.SIGKILL)
        service.wait_end()
        eventually(lambda: not is_alive(mongod) and not is_alive(keeper), "both have ended")
        assert "has ended" not in service.output()
    assert not embedded.is_running(var_dir)


def test_mongod_does_not_outlive_a_killed_supervisor(var_dir):
    with Service(var_dir) as service:
        mongod = service.mongod_pid()
        os.kill(service.supervisor_pid(), signal.SIGKILL)
        eventually(lambda: not is_alive(mongod), "mongod has ended")


def test_a_stop_of_all_processes_at_once_starts_nothing_again(var_dir):
    with Service(var_dir) as service:
        everybody = [*children(service.pid), service.mongod_pid()]
        for pid in [*everybody, service.pid]:  # as an init system does
            os.kill(pid, signal.SIGTERM)
        service.wait_end()
        eventually(lambda: not service.left_behind(), "everything has ended")
        assert "answers again" not in service.output()


def test_what_is_sent_to_every_gunicorn_does_not_end_the_supervisor(var_dir):
    with Service(var_dir) as service:
        keeper = service.supervisor_pid()
        for name in supervisor.IGNORED:
            os.kill(keeper, signal.Signals[name])
        kill_mongod(service)
        eventually(lambda: BACK in service.output(), "it is back")
        assert service.supervisor_pid() == keeper


def test_a_stop_while_mongod_is_being_started_again_is_heard(var_dir):
    with Service(var_dir) as service:
        data = var_dir / "mongodb" / "data"
        data.rename(data.with_name("gone"))
        data.mkdir()
        kill_mongod(service)
        eventually(lambda: ENDED in service.output(), "it is noticed")
        assert service.stop(signal.SIGTERM) == 0
        eventually(lambda: not service.left_behind(), "everything has ended")
        assert "Traceback" not in service.output()


def test_a_killed_service_can_be_started_again_at_once(var_dir):
    with Service(var_dir) as first:
        person = first.sign_up("customer")
        os.kill(first.pid, signal.SIGKILL)
        first.wait_end()
        with Service(var_dir) as second:
            assert person.again(second.url).get("/users/me").status_code == 200


def test_nothing_that_others_have_planted_is_taken_for_the_data(var_dir, tmp_path):
    var_dir.mkdir()
    (var_dir / "mongodb").symlink_to(tmp_path)
    service = Service(var_dir)
    service.launch()
    try:
        assert service.wait_end() != 0
        assert "Error: The embedded MongoDB cannot keep its data in" in service.output()
    finally:
        service.close()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_the_data_is_closed_to_others(var_dir):
    with Service(var_dir):
        for folder in (var_dir, var_dir / "mongodb"):
            assert folder.stat().st_mode & 0o077 == 0
