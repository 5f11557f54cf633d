"""A deploy as render.yaml has it: production mode on a replica set of three, and new processes while tickets sell."""

import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

import pytest
import requests
import yaml
from bson import ObjectId

from ..pids import children, eventually, is_alive
from ..processes import CHECKOUT, Service, flask
from .customers import Customers
from .database_checks import assert_exact
from .replica_set import ReplicaSet

(RENDER,) = yaml.safe_load((CHECKOUT / "render.yaml").read_text())["services"]
GIVEN = {entry["key"]: entry["value"] for entry in RENDER["envVars"] if "value" in entry}
MADE = {entry["key"]: os.urandom(32).hex() for entry in RENDER["envVars"] if entry.get("generateValue")}
ENOUGH = 10  # bookings in each phase
CUSTOMERS, PAUSE = 6, 0.2  # some have a request under way at any time, others a connection that waits for the next
REQUEST_SECONDS = 40  # a machine that is busy with other things makes nobody hear 503, a deploy would


def start_command(_port):
    """The blueprint's start command; with `python -m` in place of the program, SIGUSR2 could not start it again."""
    program, *rest = shlex.split(RENDER["startCommand"])
    return [str(Path(sys.executable).with_name(program)), *rest]


@pytest.fixture
def replica_set():
    """Three mongods."""
    with tempfile.TemporaryDirectory(prefix="booking-set-") as folder, ReplicaSet(Path(folder)) as members:
        members.keep_the_primary()  # or somebody hears 503 while another is elected
        yield members


@pytest.fixture
def settings(replica_set, var_dir):
    """What Render would give an instance."""
    blueprint = {name: value for name, value in (GIVEN | MADE).items() if name != "WEB_CONCURRENCY"}
    return (
        {"command": start_command, "workers": GIVEN["WEB_CONCURRENCY"], "RENDER": "true"}
        | blueprint
        | {"MONGODB_URI": replica_set.uri(f"deploy-{ObjectId()}"), "REQUEST_SECONDS": REQUEST_SECONDS}
    )


def sell(customers):
    """Wait until some more bookings were acknowledged."""
    enough = customers.done + ENOUGH
    eventually(lambda: customers.done >= enough, "tickets sell")


def test_a_deploy_and_another_master_under_load_fail_no_request(settings, var_dir):
    environ = {name: value for name, value in settings.items() if name.isupper()} | {"VAR_DIR": var_dir}
    printed = ""
    for command in RENDER["preDeployCommand"].split("&&"):
        program, app, wsgi, *words = shlex.split(command)
        assert (program, app, wsgi) == ("flask", "--app", "wsgi")
        made = flask(*words, **environ)
        assert made.returncode == 0, made.stdout + made.stderr
        printed += made.stdout
    assert "users: created email_key_1" in printed
    with (
        Service(var_dir, **settings) as first,
        Customers(first, count=CUSTOMERS, tickets=10_000, timeout=REQUEST_SECONDS, pause=PAUSE) as customers,
    ):
        assert requests.get(first.url + RENDER["healthCheckPath"], timeout=10).status_code == 200
        customers.start()
        sell(customers)
        count = int(GIVEN["WEB_CONCURRENCY"])
        old = eventually(lambda: len(pids := first.worker_pids()) == count and pids, "all workers run")
        os.kill(first.pid, signal.SIGUSR2)  # another master, which loads the code anew, on the same sockets
        (master,) = eventually(lambda: {*children(first.pid)} - {*old}, "there is another master")
        eventually(lambda: len(children(master)) == len(old), "it has workers")
        sell(customers)
        with Service(var_dir, **settings) as second:  # a new version beside the old one, as Render does it
            for customer in customers.callers:
                customer.url = second.url
            assert first.stop(signal.SIGTERM) == 0
            os.kill(master, signal.SIGTERM)
            eventually(lambda: not is_alive(master), "the other master has ended")
            sell(customers)
            customers.finish()
            assert not customers.failures
            database = second.database()
            assert_exact(database, customers.acknowledged)
            database.client.close()
    assert not Path(var_dir).exists()


def test_the_blueprint_starts_what_the_procfile_starts_with_settings_that_exist():
    assert (CHECKOUT / "Procfile").read_text() == f"web: {RENDER['startCommand']}\n"
    known = (CHECKOUT / ".env.example").read_text()
    platform = {"GUNICORN_CMD_ARGS", "PYTHON_VERSION"}
    for entry in RENDER["envVars"]:
        assert entry["key"] in platform or f"# {entry['key']}=" in known, entry["key"]
    assert GIVEN["GUNICORN_CMD_ARGS"] == ""
    secret = {entry["key"] for entry in RENDER["envVars"] if entry.get("sync") is False or entry.get("generateValue")}
    assert {"MONGODB_URI", "JWT_SECRET_KEY", "METRICS_TOKEN"} <= secret
