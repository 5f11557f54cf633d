"""The walks of new users, from nothing: who clones the repository and follows README, and who operates the service."""

import json
import re
import shutil
import subprocess

import pytest

from .pids import CALM_SECONDS, eventually
from .processes import CHECKOUT, Service, flask

pytestmark = pytest.mark.server

README = (CHECKOUT / "README.md").read_text()
WALK = re.search(r"^## A first walk$.*?^```sh$(.*?)^```$", README, re.DOTALL | re.MULTILINE)[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="README walks with curl")
def test_readmes_walk_ends_with_a_ticket_and_both_mails(var_dir):
    with Service(var_dir, UPDATE_NOTICE_SECONDS=1) as service:
        script = WALK.replace("http://127.0.0.1:8000", service.url)
        assert script != WALK
        done = subprocess.run(
            ["bash", "-eu"], input=script, capture_output=True, text=True, timeout=2 * CALM_SECONDS, check=True
        )
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        listed, booking, changed = answers[1], answers[3], answers[4]
        assert [event["title"] for event in listed["items"]] == ["Jazz night"]
        assert (booking["status"], booking["quantity"]) == ("confirmed", 2)
        assert (changed["venue"], changed["available_tickets"]) == ("Stadthalle", 98)
        for line in (
            "Booking confirmation email sent to carl@example.com\n",
            "Event update notification sent to carl@example.com\n",
        ):
            assert line.strip() in README
            eventually(lambda line=line: line in service.output(), f"it says {line}")
        eventually(lambda: len(list((var_dir / "mails").glob("*.eml"))) == 2, "both mails are kept")


def test_an_operator_finds_bans_and_cancels_and_the_books_are_right(var_dir):
    with Service(var_dir) as service:
        assert flask("demo", VAR_DIR=var_dir).returncode == 0
        organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
        event = {"title": "Fraud", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 10}
        made = organizer.post("/events", json=event).json()
        booking = customer.post("/bookings", json={"event_id": made["id"], "quantity": 2}).json()
        found = flask("find-account", organizer.user["email"], VAR_DIR=var_dir)
        assert organizer.user["id"] in found.stdout
        assert flask("ban-account", organizer.user["email"], "--yes", VAR_DIR=var_dir).returncode == 0
        eventually(lambda: organizer.get("/users/me").status_code == 401, "the session of the banned has ended")
        assert flask("cancel-event", made["id"], "--yes", VAR_DIR=var_dir).returncode == 0
        assert customer.get(f"/bookings/{booking['id']}").json()["status"] == "cancelled"
        line = f"Event update notification sent to {customer.user['email']}\n"
        eventually(lambda: line in service.output(), "the guest is told")
        audit = flask("audit", VAR_DIR=var_dir)
        assert (audit.returncode, audit.stdout.splitlines()[-1].endswith(" 0 faults.")) == (0, True)
        assert flask("demo", "--refresh", VAR_DIR=var_dir).returncode == 0
