"""Fixtures of the fault tests: a MongoDB of their own, which can be told to fail."""

import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from bson import ObjectId

from booking_api.development.embedded import EmbeddedServer

HERE = Path(__file__).parent
LARGE_TIMEOUT = 1800
RUN = "from gunicorn.app.wsgiapp import run; run()"
# Fail points; and what a dead or frozen process leaves open is ended in seconds rather than a minute.
PARAMETERS = {"enableTestCommands": "1", "transactionLifetimeLimitSeconds": "3"}


def pytest_collection_modifyitems(config, items):
    """Mark these tests as those that start processes, and give their large run the time it needs."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("server")
            if config.getoption("--large"):
                item.add_marker(pytest.mark.timeout(LARGE_TIMEOUT))


@pytest.fixture(scope="package")
def mongod():
    """A real MongoDB for the fault tests: its address."""
    with tempfile.TemporaryDirectory(prefix="booking-faults-") as folder:
        server = EmbeddedServer(Path(folder), **PARAMETERS)
        yield server.start()
        server.stop()


@pytest.fixture(scope="module")
def server():
    """Another one, for a module that freezes and kills it."""
    with tempfile.TemporaryDirectory(prefix="booking-own-") as folder:
        own = EmbeddedServer(Path(folder))
        own.address = own.start()
        yield own
        os.kill(own.pid, signal.SIGCONT)
        own.kill()


@pytest.fixture
def uri(mongod):
    """The address of an empty database on it, for a service in production mode."""
    return named(mongod)


def impatient(more=""):
    """The command of the Procfile, with workers that look for due jobs twice a second; `more` is run before it."""
    script = f"{more}\nfrom booking_api.jobs import runner; runner.SWEEP_SECONDS = 0.5\n{RUN}"
    return lambda _port: [sys.executable, "-c", script, "wsgi:app"]


def named(address):
    """The address with an empty database named in it."""
    return address.replace("/?", f"/test-{ObjectId()}?")
