"""No part of a password in a setting is printed, however the setting is malformed."""

import logging
import traceback
import warnings

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from booking_api.config import Settings
from booking_api.errors import StartupError
from booking_api.notifications.smtp import SmtpServer
from booking_api.storage.client import connect
from booking_api.storage.server_check import require_transactions

from .apps import SETTINGS
from .pids import CALM_SECONDS
from .ports import free_port

SECRET = "a secret for tests of at least thirty-two bytes"
LETTERS = "QXZJ"  # no sentence of ours has them beside each other
PASSWORDS = st.text(alphabet=f"{LETTERS}07/?#@:%[],;&=+$ \\\u2100é", min_size=4, max_size=24)
PLACES = [
    "{scheme}://user:{password}@host:587",
    "{scheme}://{password}@host.invalid",
    "{scheme}://{password}",
    "{scheme}://user:{password}",
    "{scheme}://user:pass@{password}:1/db",
    "{scheme}://user:pass@host:{password}/db",
    "{scheme}://user:pass@host/{password}",
    "{scheme}://user:pass@host/db?{password}",
    "{scheme}://user:pass@host/db?authSource={password}&tlsCAFile={password}&{password}=1",
    "{scheme}:{password}@host",
]


def parts(password):
    """Its pieces of four characters that nothing but the password can have brought in."""
    pieces = (password[start : start + 4] for start in range(len(password) - 3))
    return {form for piece in pieces if any(letter in piece for letter in LETTERS) for form in (piece, piece.lower())}


def assert_untold(password, printed):
    """No piece of the password is there."""
    assert not [piece for piece in parts(password) if piece in printed], printed


def connect_and_close(uri):
    """Make a client of this address."""
    connect(uri, seconds=1).client.close()


@pytest.fixture
def told(caplog):
    """Runs something that may refuse, and gives all it said: error, traceback, log and warnings."""

    def run(action):
        caplog.clear()
        said = []
        with caplog.at_level(logging.DEBUG, "booking_api"), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                action()
            except StartupError as error:
                said += traceback.format_exception(error)
        lines = [
            line for line in "".join(said).splitlines() if not line.startswith("  ")
        ]  # the rest quotes our own source
        return "\n".join([*lines, caplog.text, *(str(warning.message) for warning in warned)])

    return run


@pytest.mark.parametrize("place", PLACES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(password=PASSWORDS)
@example(password="QXZJ/XXXX")
@example(password="QXZJ[XXXX")
@example(password="QXZJ\u2100XX")
def test_no_part_of_a_mail_servers_password_is_told(told, place, password):
    for scheme in ("smtp", "smtps", "http"):
        url = place.format(scheme=scheme, password=password)
        assert_untold(
            password, told(lambda url=url: Settings.from_environ({"EMAIL_URL": url, "JWT_SECRET_KEY": SECRET}))
        )
        assert_untold(password, told(lambda url=url: SmtpServer.from_url(url)))


@pytest.mark.parametrize("place", PLACES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(password=PASSWORDS)
@example(password="QXZJ/XXXX")
@example(password="QXZJ?XXXX=1&Z")
@example(password="/QXZJ")
def test_no_part_of_a_databases_password_is_told(told, place, password):
    url = place.format(scheme="mongodb", password=password)
    environ = {"MONGODB_URI": url, "JWT_SECRET_KEY": SECRET}
    assert_untold(password, told(lambda: Settings.from_environ(environ)))
    unopened = f"{url}{'&' if '?' in url else '?'}connect=false"
    assert_untold(password, told(lambda: connect_and_close(unopened)))
    assert_untold(password, told(lambda: connect(f"http{url}", seconds=1)))


def test_a_password_that_is_taken_for_a_port_is_not_told():
    port = free_port()
    for uri in (f"mongodb://127.0.0.1:{port}/Q@127.0.0.1", f"mongodb://127.0.0.1:{port}/Q%40127.0.0.1"):
        database = connect(uri, seconds=CALM_SECONDS, patience=1)
        with pytest.raises(StartupError, match="Connection refused") as refusal:
            require_transactions(database, uri)
        database.client.close()
        assert str(port) not in "".join(traceback.format_exception(refusal.value))


def test_what_stands_for_the_settings_tells_no_secret():
    uri = "mongodb://user:QXZJ@host/db"
    made = Settings("QXZJ", "QXZJ", uri, email_url="smtp://user:QXZJ@host", metrics_token="QXZJ")
    server = SmtpServer.from_url("smtp://user:QXZJ@host")
    assert "QXZJ" not in repr(made) + repr(server)
    assert repr(SETTINGS.port) in repr(SETTINGS)
