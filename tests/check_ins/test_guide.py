"""docs/DOOR.md: its commands run as they stand there, and it explains all that a scanner may hear."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from booking_api.check_ins import problems, rules
from booking_api.check_ins.schemas import CheckInRead, SnapshotItem
from booking_api.errors import Conflict

from ..builders import event_fields
from ..processes import CHECKOUT, PASSED_ON, Service

PAGE = (CHECKOUT / "docs" / "DOOR.md").read_text()
SECONDS = 60


def blocks(language):
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}$\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.server
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page scans with curl")
def test_the_commands_of_the_page_do_what_it_says(var_dir, tmp_path):
    with Service(var_dir) as service:
        organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
        days = {"check_in_lists": ["Friday", "Saturday", "Sunday"]}
        event = organizer.post("/events", json=event_fields(**days)).json()
        booked = customer.post("/bookings", json={"event_id": event["id"], "quantity": 2}).json()
        ticket, other = booked["tickets"]
        environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environ |= {"API": service.url, "TOKEN": organizer.token, "EVENT": event["id"]}
        environ |= {"CODE": ticket["code"], "TICKET": other["id"]}

        def run(block):
            # Of whom the page looks for there is only this guest.
            block = block.replace("q=carl", f"q={customer.user['email']}").replace("2026-01-01", yesterday)
            script = f'curl() {{ command curl -sS --fail-with-body -w "\\n" "$@"; }}\n{block}'
            done = subprocess.run(
                ["bash", "-eu"], input=script, env=environ, cwd=tmp_path, capture_output=True, text=True,
                timeout=SECONDS, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout.strip().splitlines()

        yesterday = str(datetime.now(UTC).date() - timedelta(days=1))
        key, scan, *others = blocks("bash")
        environ["KEY"] = json.loads(run(key)[0])["key"]
        answers = [run(block) for block in (scan, *others)]
        first, (_, saturday), found, by_id, undone, log, taken, looked_up, changed, sent = answers
        assert json.loads(first[0])["list"] == "Friday" and json.loads(saturday)["list"] == "Saturday"
        assert json.loads(found[0])["items"][0]["tickets"][1]["id"] == other["id"]
        assert json.loads(by_id[0])["ticket"]["id"] == other["id"]
        assert undone == taken == []
        assert [each["outcome"] for each in json.loads(log[0])["items"]] == ["created"] * 3
        assert looked_up == ["used"]
        assert json.loads(changed[0])["items"] == []
        assert json.loads(sent[0])["results"] == [
            {"result": "conflict", "checked_in_at": f"{yesterday}T18:59:07Z"},
            {"result": "refused", "code": "ticket_not_found"},
        ]


def test_the_shapes_of_the_page_are_those_of_the_answers():
    scanned, taken = (json.loads(block) for block in blocks("json"))
    assert list(scanned) == list(CheckInRead().fields)
    assert [list(item) for item in taken["items"]] == [list(SnapshotItem().fields)]
    assert re.fullmatch("[0-9a-f]{64}", taken["items"][0]["code_sha256"])


def test_the_page_explains_each_problem_and_each_result():
    about_people = [each.code for each in problems.CHECK_IN if issubclass(each, Conflict)]
    assert [code for code in (*about_people, "ticket_not_found", "nonce_reused") if f"`{code}`" not in PAGE] == []
    assert [result for result in (*rules.OUTCOMES, rules.REPLAYED) if f"\n| `{result}` |" not in PAGE] == []
