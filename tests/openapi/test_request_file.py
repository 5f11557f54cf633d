"""`docs/requests.http` is up to date, works from top to bottom, and is answered as the examples of the document say."""

import json
import re
from pathlib import Path

import pytest

from booking_api.commands.walks import WALKS
from booking_api.openapi.request_file import write

from .. import contract
from ..apps import mongomock_app

FILE = Path(__file__).parents[2] / "docs" / "requests.http"
# Ids, tickets' codes and addresses, tokens, secrets, keys
MADE_UP = re.compile(
    r'"([0-9a-f]{24}|[0-9a-f]{64}|[\w-]{22}|https?://[^"]+/t/[\w-]{22}|eyJ[\w.-]+|whsec_[\w+/=]+|bk_[0-9a-f]+)"'
)
WITHOUT_THE_MAIL = ("accounts_verify_email", "accounts_reset_password")  # their tokens are in mails
WITHOUT_STRIPE = {"payments_pay": 409, "payments_receive": 404}  # Olga's events take no cards, nor does the service


def requests_in(text):
    """The file's requests as an editor sees them: name, method, address, headers, body."""
    for part in re.split(r"^###\n", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.strip().partition("\n\n")
        comments = [line for line in head.splitlines() if line.startswith("#")]
        start, *headers = [line for line in head.splitlines() if not line.startswith("#")]
        (name,) = [line.removeprefix("# @name ") for line in comments if line.startswith("# @name ")]
        yield name, *start.split(" "), dict(header.split(": ", 1) for header in headers), body


def filled(text, answers):
    """The text with the values of earlier answers in place of their names."""

    def value(reference):
        name, path = re.fullmatch(r"\{\{(\w+)\.response\.body\.\$\.(\S+)\}\}", reference[0]).groups()
        found = answers[name]
        for step in re.findall(r"\w+", path):
            found = found[int(step) if step.isdigit() else step]
        return found

    return re.sub(r"\{\{[^}]+\}\}", value, text.replace("{{host}}", ""))


@pytest.fixture
def walk(client):
    """Sends the file's requests one after the other: name, operation's name, status and body of each answer."""
    answers, walked = {}, []
    for name, method, path, headers, body in requests_in(FILE.read_text()):
        answer = client.client.open(
            filled(path, answers),
            method=method,
            data=filled(body, answers),
            headers={header: filled(value, answers) for header, value in headers.items()},
        )
        answers[name] = answer.json if answer.is_json and answer.data else None
        contract.check(method, filled(path, answers), answer.status_code, answer.headers, answer.data)
        walked.append((name, answer))
    return walked


def shown_for(name):
    """The example of the document that a request of the file is to be answered with; None for no body."""
    for methods in contract.document()["paths"].values():
        for operation in methods.values():
            key = isinstance(operation, dict) and name.startswith(operation["operationId"]) and operation["operationId"]
            if key and name.removeprefix(key)[:1] in ("", "_"):
                answer = next(iter(operation["responses"].values()))
                content = next(iter(answer.get("content", {None: {"example": None}}).values()))  # JSON comes first
                if "example" in content and key == name:
                    return content["example"]
                if "examples" in content and name.removeprefix(f"{key}_") in content["examples"]:
                    return content["examples"][name.removeprefix(f"{key}_")]["value"]
    raise LookupError(name)


def test_the_file_is_what_the_document_makes_of_it():
    assert FILE.read_text() == write(contract.document(), WALKS), "flask --app wsgi requests > docs/requests.http"


def test_the_command_prints_the_file(app):
    assert app.test_cli_runner().invoke(args=["requests"]).stdout == FILE.read_text()


def test_the_command_names_the_address_of_the_settings_or_the_one_given(clock, outgoing):
    runner = mongomock_app(clock, outgoing, host="::1", port=8123).test_cli_runner()
    assert "\n@host = http://[::1]:8123\n" in runner.invoke(args=["requests"]).stdout
    printed = runner.invoke(args=["requests", "--url", "https://api.example.com"]).stdout
    assert "\n@host = https://api.example.com\n" in printed


def test_the_file_works_from_top_to_bottom(walk):
    refused = {name: answer.status_code for name, answer in walk if answer.status_code >= 300}
    assert refused == dict.fromkeys(WITHOUT_THE_MAIL, 422) | WITHOUT_STRIPE


def test_every_example_of_the_document_is_what_the_service_answers(walk):
    compared = 0
    for name, answer in walk:
        if answer.is_json and answer.data and name not in (*WITHOUT_THE_MAIL, *WITHOUT_STRIPE):
            shown, told = (MADE_UP.sub('"..."', json.dumps(body)) for body in (shown_for(name), answer.json))
            assert json.loads(told) == json.loads(shown), name
            compared += 1
    assert compared > 20
