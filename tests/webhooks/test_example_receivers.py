"""The receivers of docs/WEBHOOKS.md, run as they stand there."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from booking_api.webhooks.client import (
    INVALID_CERTIFICATE,
    NO_HTTP,
    REDIRECTED,
    REFUSED,
    SENTENCES,
    TIMED_OUT,
    WebhookClient,
)
from booking_api.webhooks.signing import new_secret, sign

from ..pids import eventually
from ..ports import free_port
from ..processes import CHECKOUT, PASSED_ON, stop_with_parent
from .conftest import PATIENCE
from .resolvers import targets

pytestmark = pytest.mark.server

FOLDER = CHECKOUT / "docs" / "receivers"
LANGUAGES = {"receiver.py": "python", "receiver.mjs": "js"}
SECRET = new_secret()
PROGRAMS = sorted(LANGUAGES)


def command_for(program):
    """How a receiver is started; without Node its test is skipped, unless `NODE_REQUIRED` is set, as in `.ci/run`."""
    if program.endswith(".py"):
        return sys.executable
    if not shutil.which("node"):
        (pytest.fail if os.environ.get("NODE_REQUIRED") else pytest.skip)("node is not here")
    return "node"


class Running:
    """A receiver that runs, and what it has printed."""

    def __init__(self, port, printed):
        self.port, self._printed = port, printed
        self._client = WebhookClient(targets("127.0.0.1", allow_private=True), PATIENCE)

    def printed(self):
        """The lines so far."""
        return self._printed.read_text().splitlines()

    def send(self, body, headers):
        """The status that a message is answered with."""
        got = self._client.post(f"http://127.0.0.1:{self.port}/", {"Content-Type": "application/json"} | headers, body)
        return got.status

    def accepts_connections(self):
        """Whether it listens."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), PATIENCE):
            return True
        return False


@contextmanager
def running(program, folder):
    """Run a receiver with our secret."""
    port, printed, errors = free_port(), folder / "printed", folder / "errors"
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"WEBHOOK_SECRET": SECRET}
    with printed.open("w") as output, errors.open("w") as complaints:
        process = subprocess.Popen(
            [command_for(program), str(FOLDER / program), str(port)],
            env=environ,
            stdout=output,
            stderr=complaints,
            preexec_fn=stop_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
        )
    try:
        made = Running(port, printed)
        eventually(made.accepts_connections, "it listens")
        yield made
        assert process.poll() is None, errors.read_text()
    finally:
        process.kill()
        process.wait()


def message(number, name="Zoë"):
    """The body of a message."""
    change = {"id": str(number), "type": "booking.confirmed", "event_id": "e1", "sequence": number, "data": {"n": name}}
    return json.dumps(change, ensure_ascii=False).encode()


def signed(number, *secrets, minutes=0, body=None):
    """The headers of a message."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return sign(secrets or [SECRET], f"msg_{number}", at, body or message(number))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_receiver_takes_each_signed_message_once(program, tmp_path):
    with running(program, tmp_path) as receiver:
        for number in (1, 2, 1, 1, 2):
            assert receiver.send(message(number), signed(number)) == 204
        assert receiver.send(message(3), signed(3, new_secret(), SECRET)) == 204  # while the secret is changed
        assert receiver.send(message(4), signed(4, SECRET, new_secret())) == 204
        assert receiver.send(message(5), signed(5, minutes=4)) == 204
        assert receiver.send(message(6), signed(6, minutes=-4)) == 204
        lines = [f"booking.confirmed e1 {number}" for number in (1, 2, 3, 4, 5, 6)]
        eventually(lambda: receiver.printed() == lines, f"it has printed them, and not {receiver.printed()}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_receiver_refuses_what_is_not_signed_now(program, tmp_path):
    good, now = signed(1), int(time.time())
    refused = {
        "another secret": signed(1, new_secret()),
        "old": signed(1, minutes=-6),
        "ahead": signed(1, minutes=6),
        "another body": signed(1, body=message(1, "Zoe")),
        "another id": good | {"webhook-id": "msg_2"},
        "another time": good | {"webhook-timestamp": str(int(good["webhook-timestamp"]) - 1)},
        "no time": good | {"webhook-timestamp": "x"},
        "an empty signature": good | {"webhook-signature": ""},
        "another version": good | {"webhook-signature": good["webhook-signature"].replace("v1", "v2")},
        "half a signature": good | {"webhook-signature": good["webhook-signature"][:-10]},
        "odd letters": good | {"webhook-signature": "v1,ü v1 , ,"},
        "nothing": {},
        "nothing but a time": {"webhook-timestamp": str(now)},
    }
    with running(program, tmp_path) as receiver:
        assert {what: receiver.send(message(1), headers) for what, headers in refused.items()} == dict.fromkeys(
            refused, 400
        )
        assert receiver.printed() == []
        assert receiver.send(message(1), good) == 204


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_receiver_outlives_who_hangs_up(program, tmp_path):
    with running(program, tmp_path) as receiver:
        for part in (b"", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{"):
            with socket.create_connection(("127.0.0.1", receiver.port), PATIENCE) as connection:
                connection.sendall(part)
        assert receiver.send(message(1), signed(1)) == 204


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_page_shows_the_receivers_as_they_are(program):
    page = (CHECKOUT / "docs" / "WEBHOOKS.md").read_text()
    (shown,) = re.findall(rf"^```{LANGUAGES[program]}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown == (FOLDER / program).read_text()


def test_the_page_explains_each_error():
    page = (CHECKOUT / "docs" / "WEBHOOKS.md").read_text()
    errors = [sentence for _, sentence in SENTENCES]
    assert [error for error in (*errors, TIMED_OUT, REDIRECTED, NO_HTTP) if f"`{error}`" not in page] == []
    assert [start for start in (INVALID_CERTIFICATE, REFUSED) if f"`{start}: ...`" not in page] == []
