"""An organizer's account from the command line, under the rules of registration."""

import pytest

from ..api import Api
from ..builders import make_event

PASSWORD = "correct horse battery"
OLGA = ["--name", "Olga", "--email", "olga@example.com"]


@pytest.fixture
def create(app):
    """The command: its exit status and what it printed."""

    def run(*args, typed=None):
        with app.app_context():  # `flask --app wsgi` pushes it
            result = app.test_cli_runner().invoke(args=["create-organizer", *args], input=typed)
        return result.exit_code, result.output

    return run


def test_the_organizer_can_log_in_and_make_events(app, client, create):
    status, printed = create(*OLGA, "--password", PASSWORD)
    assert status == 0
    assert "Olga <olga@example.com>" in printed
    session = client.post("/auth/login", {"email": "olga@example.com", "password": PASSWORD}).json
    assert session["user"]["role"] == "organizer"
    make_event(Api(app.test_client(), session["access_token"]))


def test_a_name_cannot_change_what_the_terminal_shows(create):
    status, printed = create("--name", "Olga\u202eagro", "--email", "olga@example.com", "--password", PASSWORD)
    assert status == 0
    assert r"Olga\u202eagro <olga@example.com>" in printed


def test_what_is_left_out_is_asked_for_and_the_password_is_not_shown(client, create):
    status, printed = create(typed=f"Olga\nolga@example.com\n{PASSWORD}\n{PASSWORD}\n")
    assert status == 0
    assert PASSWORD not in printed
    assert client.post("/auth/login", {"email": "olga@example.com", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"--email": "olga"}, "email: Not a valid email address."),
        ({"--password": "short"}, "password: Length must be between 8 and 128."),
        ({"--password": "password"}, "password: "),
        ({"--name": " "}, "name: "),
        ({"--name": "Ol\nga"}, "name: Control characters are not allowed."),
    ],
)
def test_the_rules_are_those_of_registration(client, create, fields, said):
    given = {"--name": "Olga", "--email": "olga@example.com", "--password": PASSWORD} | fields
    status, printed = create(*[word for pair in given.items() for word in pair])
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed


def test_an_email_that_is_taken_is_refused(create):
    assert create(*OLGA, "--password", PASSWORD)[0] == 0
    status, printed = create("--name", "Other", "--email", "OLGA@example.com", "--password", PASSWORD)
    assert status == 1
    assert printed.startswith("Error: ") and "account" in printed
