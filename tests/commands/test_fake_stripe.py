"""The command that plays Stripe on this machine: what it prints, where it refuses to, and how it ends."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import pytest
import requests

from booking_api.config import Settings
from booking_api.http.services import services_of

from ..processes import CHECKOUT, PASSED_ON, free_port

fake_stripe = import_module("booking_api.commands.fake_stripe")  # the package has the command by that name
USAGE, STOPPED = 2, 0
INTENT = {"amount": "2500", "currency": "eur", "allowed_payment_method_types[]": "card"}


@pytest.fixture
def play(app, monkeypatch):
    """Plays Stripe until Ctrl-C, which comes when `meanwhile` is done; returns the exit status and what was printed."""

    def playing(*args, meanwhile=lambda: None, **settings):
        class Interrupted:
            def wait(self):
                meanwhile()
                raise KeyboardInterrupt

        monkeypatch.setattr(fake_stripe, "Event", Interrupted)
        services_of(app).add(replace(services_of(app)[Settings], **settings), Settings)
        with app.app_context():  # `flask --app wsgi` pushes it
            result = app.test_cli_runner().invoke(args=["fake-stripe", *args])
        return result.exit_code, result.output

    return playing


def test_it_prints_what_the_service_needs_and_how_a_customer_pays(play):
    port = free_port()
    status, output = play("--port", str(port))
    assert status == STOPPED
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", output, re.MULTILINE))
    settings = Settings.from_environ({"JWT_SECRET_KEY": "x" * 32} | exported)
    assert settings.stripe_api_url == f"http://127.0.0.1:{port}"
    assert settings.stripe_secret_key and settings.stripe_webhook_secret
    assert f"curl http://127.0.0.1:{port}/v1/payment_intents/$ID/confirm" in output
    assert "http://127.0.0.1:8000/api/v1/payments/stripe/webhook" in output


def test_it_answers_with_the_key_that_it_prints_until_it_ends(play):
    port, answers = free_port(), []
    url = f"http://127.0.0.1:{port}/v1/payment_intents"

    def meanwhile():
        answers.append(requests.post(url, INTENT, auth=(fake_stripe.TEST_KEY, ""), timeout=10).status_code)

    play("--port", str(port), "--webhook-url", "http://127.0.0.1:9/", meanwhile=meanwhile)
    assert answers == [200]
    with pytest.raises(requests.ConnectionError):
        meanwhile()


def test_the_keys_of_the_environment_are_used_where_there_are_some(play):
    keys = {"stripe_secret_key": "rk_test_0123456789", "stripe_webhook_secret": "whsec_0123456789abcdef"}
    _, output = play("--port", str(free_port()), **keys)
    assert all(key in output for key in keys.values())
    _, output = play("--port", str(free_port()), "--webhook-secret", "whsec_another_0123456789", **keys)
    assert "whsec_another_0123456789" in output and keys["stripe_webhook_secret"] not in output


def test_a_live_key_is_never_printed(play):
    _, output = play("--port", str(free_port()), stripe_secret_key="sk_live_0123456789")
    assert "sk_live" not in output and fake_stripe.TEST_KEY in output


def test_it_is_refused_in_production_mode(play):
    status, output = play(mongodb_uri="mongodb://localhost/booking")
    assert (status, "production mode" in output) == (1, True)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://me@127.0.0.1/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:x/",
        "ftp://localhost/",
        "elsewhere",
    ],
)
def test_messages_go_nowhere_but_to_this_machine(play, url):
    status, output = play("--webhook-url", url)
    assert (status, "on this machine" in output) == (USAGE, True)


def test_a_port_that_is_taken_is_said_so(play):
    port = str(free_port())
    taken = []
    play("--port", port, meanwhile=lambda: taken.append(play("--port", port)))
    ((status, output),) = taken
    assert (status, "--port" in output) == (1, True)


def hear_ctrl_c():
    """Hear Ctrl-C in a new process even if the tests do not, as where a shell runs them in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.server
def test_it_needs_no_mongodb_and_ends_with_ctrl_c(var_dir):
    port = free_port()
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"VAR_DIR": str(var_dir)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "fake-stripe", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509
    ) as process:
        assert "answers at" in process.stdout.readline()
        assert requests.get(f"http://127.0.0.1:{port}/_fake/", timeout=10).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == STOPPED
    assert not (var_dir / "mongodb").exists()
