"""A TypeScript client generated from the document: the README's walk compiles strictly, and runs against the service.

It needs Node and npm (Debian: `apt-get install nodejs npm`), and npm's registry once. Without them it is skipped,
unless `NODE_REQUIRED` is set, as `.ci/run` does.
"""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from .. import contract
from ..processes import CHECKOUT, Service

pytestmark = pytest.mark.server

SOURCES = CHECKOUT / "tests" / "typescript"
CACHE = CHECKOUT / "var" / "typescript"  # what npm has installed, for as long as the lock file stays as it is
LOCK = "package-lock.json"
INSTALL_SECONDS, RUN_SECONDS = 180, 90


def run(*words, folder, seconds=RUN_SECONDS):
    """Run a program to its end; what it printed."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed():
    """The folder of the pinned packages."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        wanted, present = (SOURCES / LOCK).read_text(), CACHE / "installed.json"
        if not present.exists() or present.read_text() != wanted:
            for name in ("package.json", LOCK):
                shutil.copy(SOURCES / name, CACHE)
            run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=CACHE, seconds=INSTALL_SECONDS)
            present.write_text(wanted)
    return CACHE / "node_modules"


@pytest.fixture(scope="module")
def folder():
    """A folder with the walk, the packages, and the types that are made from the document."""
    if not (shutil.which("node") and shutil.which("npm")):
        (pytest.fail if os.environ.get("NODE_REQUIRED") else pytest.skip)("node and npm are not here")
    with tempfile.TemporaryDirectory(prefix="booking-typescript-") as name:
        made = Path(name)
        (made / "node_modules").symlink_to(installed())
        for source in ("package.json", "tsconfig.json", "walk.ts"):
            shutil.copy(SOURCES / source, made)
        (made / "openapi.json").write_text(json.dumps(contract.document()))
        run("node_modules/.bin/openapi-typescript", "openapi.json", "-o", "schema.d.ts", folder=made)
        yield made


@pytest.mark.timeout(400)  # some 20 s where nothing else runs and the packages are there
def test_the_readmes_walk_compiles_strictly_and_runs(folder):
    run("node_modules/.bin/tsc", "-p", ".", folder=folder)
    with Service(folder / "var") as service:
        seen = json.loads(run("node", "built/walk.js", service.url, folder=folder))
    assert seen == {
        "found": [{"title": "Jazz night", "timezone": "UTC", "currency": "USD", "status": "published"}],
        "booked": "Jazz night",
        "tickets": ["valid", "valid"],
        "replayed": "true",
        "same": True,
        "refusal": "1 left",
        "incomplete": "validation_failed",
        "errors": {"event_id": ["Missing data for required field."]},
        "mine": 1,
        "venue": "Hall",
        "statuses": ["See you there", "Cancelled"],
    }


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('    case "hold_cooldown":\n', "", "does not satisfy the expected type 'never'"),
        ('    expired: "Too late",\n', "", "Property 'expired' is missing"),
        ("problem.remaining", "problem.remained", "Property 'remained' does not exist"),
        ("total_tickets: 3", 'total_tickets: "3"', "is not assignable"),
        ('sort: "title"', 'sort: "name"', "is not assignable"),
    ],
)
def test_the_compiler_finds_what_the_service_would_not_understand(folder, before, after, complaint):
    wrong = folder / "wrong"
    wrong.mkdir(exist_ok=True)
    for source in ("package.json", "tsconfig.json", "schema.d.ts"):
        shutil.copy(folder / source, wrong)
    walk = (folder / "walk.ts").read_text()
    assert before in walk
    (wrong / "walk.ts").write_text(walk.replace(before, after))
    compiled = subprocess.run(
        ["../node_modules/.bin/tsc", "-p", ".", "--noEmit"],
        cwd=wrong,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert compiled.returncode != 0
    assert complaint in compiled.stdout
