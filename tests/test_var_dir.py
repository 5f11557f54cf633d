"""The folder of the service: made where it is missing, and refused in one sentence where nothing can be kept."""

import errno
import os
import shutil
import stat
import tempfile
from collections import namedtuple

import pytest

from booking_api.errors import StartupError
from booking_api.var_dir import NEW_DATA_BYTES, require_usable

Usage = namedtuple("Usage", "free")


def test_it_is_made_with_its_parents_for_this_user_alone_and_nothing_is_left_in_it(tmp_path):
    folder = tmp_path / "a" / "b" / "var"
    for _ in range(2):
        require_usable(folder)
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def refusal(folder):
    """The sentence with which a folder is refused."""
    with pytest.raises(StartupError) as error:
        require_usable(folder)
    sentence = str(error.value)
    assert str(folder) in sentence and "VAR_DIR" in sentence and "\n" not in sentence
    return sentence


def test_a_file_is_no_folder_and_neither_is_what_is_below_one(tmp_path):
    file = tmp_path / "var"
    file.touch()
    assert "it is not a folder" in refusal(file)
    assert "Not a directory" in refusal(file / "below")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_where_nothing_can_be_written_the_reason_is_said(tmp_path, monkeypatch, number):
    def fail(**_options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    assert f"({os.strerror(number)})" in refusal(tmp_path)


def test_a_disk_that_is_nearly_full_is_refused_before_mongodb_fails_on_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(NEW_DATA_BYTES - 1))
    assert "149 MB left" in refusal(tmp_path)
    (tmp_path / "mongodb").mkdir()
    require_usable(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1_000_000))
    assert "1 MB left" in refusal(tmp_path)
