"""Where turns are taken: a folder for each installation, and nothing that others have put in its place."""

import tempfile
import zlib
from pathlib import Path

import pytest

from booking_api.storage import advisory_locks
from booking_api.storage.advisory_locks import AdvisoryLocks

from .test_advisory_locks import FORK, SECONDS, hold_until, process, took


def test_each_installation_has_a_folder_of_its_own_that_its_workers_share():
    here = advisory_locks.folder_of("secret", "mongodb://a/", "booking")
    assert here == advisory_locks.folder_of("secret", "mongodb://a/", "booking")
    others = [
        ("secret", "mongodb://b/", "booking"),
        ("secret", "mongodb://a/", "other"),
        ("s", "mongodb://a/", "booking"),
    ]
    assert len({here, *(advisory_locks.folder_of(*other) for other in others)}) == 4
    assert here.parent == Path(tempfile.gettempdir())


@pytest.mark.server
def test_two_installations_of_one_user_do_not_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(advisory_locks, "WAIT_SECONDS", SECONDS)
    held, done = FORK.Event(), FORK.Event()
    with process(hold_until, advisory_locks.folder_of("secret", "mongodb://a/", "booking"), held, done):
        assert held.wait(SECONDS)
        assert took(advisory_locks.folder_of("secret", "mongodb://b/", "booking")) < SECONDS
        done.set()


def plant_link(folder, elsewhere):
    """Another folder is to be used in the place of ours."""
    folder.symlink_to(elsewhere)


def plant_open_folder(folder, elsewhere):
    """A folder that everybody may write to, with links in it."""
    folder.mkdir()
    folder.chmod(0o777)
    for name in ("g", "t"):
        (folder / f"{slot_of('event')}.{name}").symlink_to(elsewhere / name)


def plant_file(folder, _elsewhere):
    """A file."""
    folder.write_text("planted")


def plant_links_inside(folder, elsewhere):
    """Links in a folder that is ours."""
    folder.mkdir(0o700)
    for name in ("g", "t"):
        (folder / f"{slot_of('event')}.{name}").symlink_to(elsewhere / name)


def slot_of(document):
    """The slot of a document."""
    return zlib.crc32(document.encode()) % advisory_locks.SLOTS


@pytest.mark.parametrize("plant", [plant_link, plant_open_folder, plant_file, plant_links_inside])
def test_what_others_have_planted_is_not_touched_and_the_work_is_done_without_turns(tmp_path, caplog, plant):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    plant(tmp_path / "turns", elsewhere)
    done = []
    with AdvisoryLocks(tmp_path / "turns").hold("event"):
        done.append(1)
    assert done == [1]
    assert list(elsewhere.iterdir()) == []
    assert "There are no turns" in caplog.text
