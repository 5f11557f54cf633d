"""The development secret: whole or made anew, the same for all who ask at once, and nobody else's."""

import multiprocessing
import os
import stat

import pytest

from booking_api import kept_secret as module
from booking_api.errors import StartupError
from booking_api.kept_secret import kept_secret

FORK = multiprocessing.get_context("fork")
LEAST = 32
SECONDS = 60


@pytest.fixture
def path(tmp_path):
    """Where the secret is kept."""
    return tmp_path / "var" / "jwt_secret_key"


def keep(path, text):
    """A file of ours with this content."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def ask(path, ready, answers):
    """Ask for the secret at the same time as others."""
    ready.wait(SECONDS)
    answers.put(kept_secret(path, LEAST))


@pytest.mark.parametrize(
    "left", ["", "short", "x" * 31, "\0" * 64, " " * 64], ids=["empty", "5", "31", "zeros", "blank"]
)
def test_a_secret_that_a_crash_has_cut_short_is_made_anew(path, left):
    keep(path, left)
    made = kept_secret(path, LEAST)
    assert len(made) >= LEAST and made != left
    assert kept_secret(path, LEAST) == path.read_text() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.server
@pytest.mark.parametrize("left", [None, ""], ids=["none", "empty"])
def test_processes_that_ask_at_once_get_the_same_secret(path, left):
    if left is not None:
        keep(path, left)
    for _ in range(10):
        ready, answers = FORK.Barrier(4), FORK.SimpleQueue()
        children = [FORK.Process(target=ask, args=(path, ready, answers), daemon=True) for _ in range(4)]
        for child in children:
            child.start()
        told = {answers.get() for _ in children}
        for child in children:
            child.join(SECONDS)
        assert told == {path.read_text()}
        path.write_text("")


def test_a_draft_of_a_process_that_died_is_no_hindrance(path):
    keep(path.with_suffix(".draft"), "half of")
    assert kept_secret(path, LEAST) == path.read_text()


def test_a_full_disk_leaves_no_secret_and_is_told_in_a_sentence(path, monkeypatch):
    def fail(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fail)
    with pytest.raises(StartupError, match="No space left on device") as refusal:
        kept_secret(path, LEAST)
    assert "JWT_SECRET_KEY" in str(refusal.value)
    assert list(path.parent.iterdir()) == []


def test_a_secret_that_others_can_read_is_refused(path):
    keep(path, "x" * 64)
    path.chmod(0o644)
    with pytest.raises(StartupError, match="chmod 600"):
        kept_secret(path, LEAST)


def test_a_link_in_the_place_of_the_secret_is_refused_and_not_followed(path, tmp_path):
    keep(tmp_path / "elsewhere", "y" * 64)
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartupError, match="jwt_secret_key"):
        kept_secret(path, LEAST)
    assert (tmp_path / "elsewhere").read_text() == "y" * 64


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_secret_of_another_user_is_refused(path):
    keep(path, "z" * 64)
    os.chown(path, 65534, 65534)
    with pytest.raises(StartupError, match="a file of this user"):
        kept_secret(path, LEAST)
