"""A TypeScript client generated from the document: the README's walk compiles strictly, and runs against the service.

It needs Node and npm (Debian: `apt-get install nodejs npm`), and npm's registry once. Without them it is skipped,
unless `NODE_REQUIRED` is set, as `.ci/run` does.
"""

import fcntl
import json
import os
import re
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


# What is put in the place of what in the walk, and what the compiler says of it.
MISTAKES = [
    ('    case "hold_cooldown":\n', "", "does not satisfy the expected type 'never'"),
    ('    expired: "Too late",\n', "", "Property 'expired' is missing"),
    ("problem.remaining", "problem.remained", "Property 'remained' does not exist"),
    ("total_tickets: 3", 'total_tickets: "3"', "is not assignable"),
    ('sort: "title"', 'sort: "name"', "is not assignable"),
]


@pytest.fixture(scope="module")
def complaints(folder):
    """What the compiler says of the walk with each mistake, by their numbers; one run, which takes as long as one."""
    wrong = folder / "wrong"
    wrong.mkdir()
    for source in ("package.json", "schema.d.ts"):
        shutil.copy(folder / source, wrong)
    walk = (folder / "walk.ts").read_text()
    names = [f"walk{number}.ts" for number in range(len(MISTAKES))]
    for name, (before, after, _) in zip(names, MISTAKES, strict=True):
        assert before in walk
        (wrong / name).write_text(walk.replace(before, after))
    settings = json.loads((folder / "tsconfig.json").read_text()) | {"files": names}
    (wrong / "tsconfig.json").write_text(json.dumps(settings))
    words = ["../node_modules/.bin/tsc", "-p", ".", "--noEmit", "--pretty", "false"]
    compiled = subprocess.run(words, cwd=wrong, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert compiled.returncode != 0
    said = re.split(r"^walk(\d+)\.ts\(", compiled.stdout, flags=re.MULTILINE)
    assert said[0] == ""
    found = [""] * len(MISTAKES)
    for number, sentence in zip(said[1::2], said[2::2], strict=True):
        found[int(number)] += sentence
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[complaint for _, _, complaint in MISTAKES])
def test_the_compiler_finds_what_the_service_would_not_understand(complaints, number):
    assert MISTAKES[number][2] in complaints[number]
