"""The service that prints its mail: in development the whole of it is in files, in production it reaches nobody."""

import email
import email.policy
import json
import re
import signal
import stat

import pytest

from ..mail_server import MailServer
from ..pids import eventually
from ..processes import Service

pytestmark = pytest.mark.server

EVENT = {"title": "Jazz night", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 10}
WARNING = "EMAIL_URL is not set: mail is printed here and reaches nobody"


def mails(var_dir, subject):
    """The mails with this subject, parsed."""
    parsed = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((var_dir / "mails").glob("*.eml"))
    ]
    return [mail for mail in parsed if mail["Subject"] == subject]


def test_in_development_a_password_is_reset_by_the_mail_in_the_folder(var_dir):
    with Service(var_dir, workers=2) as service:
        ada = service.sign_up("customer")
        address = ada.user["email"]
        assert ada.post("/auth/password-reset", json={"email": address}).status_code == 202
        line = f"Password reset email sent to {address}\n"
        eventually(lambda: line in service.output(), "the line is printed")
        eventually(lambda: mails(var_dir, "Set a new password"), "the file is written")
        (mail,) = mails(var_dir, "Set a new password")
        assert [to.addr_spec for to in mail["To"].addresses] == [address]
        token = re.search(r"^([\w-]{43})\r?$", mail.get_body(("plain",)).get_content(), re.MULTILINE)[1]
        assert token not in service.output()
        reset = {"token": token, "new_password": "staple battery horse"}
        assert ada.post("/auth/password-reset/confirm", json=reset).status_code == 204
        login = {"email": address, "password": "staple battery horse"}
        assert ada.post("/auth/login", json=login).status_code == 200
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (var_dir / "mails").glob("*")}
        assert set(modes.values()) == {0o600}
        assert WARNING not in service.output()


def test_in_development_a_confirmation_is_printed_and_its_organizer_can_be_answered(var_dir):
    with Service(var_dir) as service:
        organizer, ada = service.sign_up("organizer"), service.sign_up("customer")
        event = organizer.post("/events", json=EVENT).json()
        booking = ada.post("/bookings", json={"event_id": event["id"], "quantity": 1}).json()
        path = f"/bookings/{booking['id']}"
        eventually(lambda: ada.get(path).json()["confirmation"]["status"] == "printed", "it is printed")
        assert ada.get(path).json()["confirmation"]["sent_at"] is not None
        eventually(lambda: mails(var_dir, "Your tickets for Jazz night"), "the file is written")
        (mail,) = mails(var_dir, "Your tickets for Jazz night")
        assert mail["Reply-To"].addresses[0].addr_spec == organizer.user["email"]


def test_in_production_printed_mail_is_warned_of_once_a_start_and_leaves_no_file(var_dir, database, mongod):
    uri = mongod.replace("/?", f"/{database.name}?")
    with Service(var_dir, workers=3, MONGODB_URI=uri) as service:
        ada = service.sign_up("customer")
        assert ada.post("/auth/password-reset", json={"email": ada.user["email"]}).status_code == 202
        eventually(lambda: "Password reset email sent to" in service.output(), "the line is printed")
        assert service.stop(signal.SIGTERM) == 0
        warned = [line for line in service.output().splitlines() if WARNING in line]
        assert len(warned) == 1
        assert json.loads(warned[0])["level"] == "WARNING"
    assert not var_dir.exists()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("EMAIL_FROM", "Error: EMAIL_FROM must be set"), ("PUBLIC_URL", "Error: PUBLIC_URL must be set")],
)
def test_in_production_mail_does_not_go_out_half_set_up(var_dir, database, mongod, missing, sentence):
    uri = mongod.replace("/?", f"/{database.name}?")
    with MailServer() as server:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "EMAIL_FROM": "tickets@example.com"}
        mail |= {"PUBLIC_URL": "https://tickets.example.com"}
        service = Service(var_dir, MONGODB_URI=uri, **(mail | {missing: None}))
        try:
            service.launch()
            assert service.wait_end() != 0
            assert sentence in service.output()
            assert "Traceback" not in service.output()
        finally:
            service.close()
        with Service(var_dir, MONGODB_URI=uri, **mail) as whole:
            assert WARNING not in whole.output()
