"""A third language is one more file, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import booking_api

HOUSE = Path(booking_api.__file__).parent
PROGRAM = """
import json

from tests.api import Api
from tests.apps import mongomock_app, run_jobs
from tests.builders import book, make_event, person_fields, sign_up
from tests.fakes import Clock, Outgoing

outgoing = Outgoing()
app = mongomock_app(Clock(), outgoing)
guest = person_fields(name="Ada")
wish = {"Accept-Language": "tlh-Latn,de;q=0.9"}
locale = Api(app.test_client()).post("/auth/register", guest, headers=wish).json["locale"]
token = Api(app.test_client()).post("/auth/login", {name: guest[name] for name in ("email", "password")}).json
book(Api(app.test_client(), token["access_token"]), make_event(sign_up(app, "organizer")))
run_jobs(app)
(mail,) = outgoing.messages
shapes = app.test_client().get("/openapi.json").json["components"]["schemas"]
known = shapes["Locale"]["enum"]
print(json.dumps({"locale": locale, "known": known, "subject": mail.subject, "text": mail.text, "html": mail.html}))
"""


@pytest.mark.server
def test_one_more_file_is_one_more_language(tmp_path):
    shutil.copytree(HOUSE, tmp_path / "booking_api", ignore=shutil.ignore_patterns("__pycache__"))
    os.symlink(Path(__file__).parents[1], tmp_path / "tests")
    folder = tmp_path / "booking_api" / "languages"
    klingon = (
        (folder / "en.toml").read_text(encoding="utf-8").replace("Your tickets for", "chaw'").replace("Hello", "nuqneH")
    )
    (folder / "tlh.toml").write_text(klingon, encoding="utf-8")
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["locale"] == "tlh"
    assert said["known"] == ["en", "de", "tlh"]
    assert said["subject"] == "chaw' Jazz night"
    assert said["text"].startswith("nuqneH Ada,\n")
    assert '<html lang="tlh">' in said["html"]
