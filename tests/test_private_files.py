"""What others have put where we keep something is refused: links, strangers' folders, files and pipes."""

import os
import stat

import pytest

from booking_api.private_files import NotPrivate, ensure_private_folder, open_private, private_folder

STRANGER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def mode(path):
    """The permissions of a path."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_is_made_for_this_user_alone(tmp_path):
    ensure_private_folder(tmp_path / "own")
    ensure_private_folder(tmp_path / "own")
    assert mode(tmp_path / "own") == 0o700


def test_a_folder_of_ours_that_others_may_enter_is_closed_to_them(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o755)  # whatever the umask is
    ensure_private_folder(tmp_path / "own")
    assert mode(tmp_path / "own") == 0o700


def test_a_folder_that_everybody_may_write_to_is_refused(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o777)
    with pytest.raises(NotPrivate):
        ensure_private_folder(tmp_path / "own")


@as_root
def test_a_folder_of_another_user_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o755)
    os.chown(tmp_path / "theirs", STRANGER, STRANGER)
    with pytest.raises(NotPrivate):
        ensure_private_folder(tmp_path / "theirs")
    assert mode(tmp_path / "theirs") == 0o755


def test_a_link_to_a_folder_is_refused_and_its_target_left_as_it_is(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target").chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="link"):
        ensure_private_folder(tmp_path / "link")
    assert mode(tmp_path / "target") == 0o755


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        ensure_private_folder(tmp_path / "file")


@pytest.mark.parametrize("plant", ["link", "dangling link", "pipe", "folder"])
def test_what_is_no_file_of_ours_is_not_opened(tmp_path, plant):
    (tmp_path / "target").touch()
    planted = tmp_path / "planted"
    {
        "link": lambda: planted.symlink_to(tmp_path / "target"),
        "dangling link": lambda: planted.symlink_to(tmp_path / "made through it"),
        "pipe": lambda: os.mkfifo(planted),
        "folder": planted.mkdir,
    }[plant]()
    with private_folder(tmp_path) as folder, pytest.raises(OSError, match="planted"):
        open_private("planted", os.O_RDWR | os.O_CREAT, folder)
    assert not (tmp_path / "made through it").exists()


@as_root
def test_a_file_of_another_user_is_not_opened(tmp_path):
    (tmp_path / "theirs").touch()
    os.chown(tmp_path / "theirs", STRANGER, STRANGER)
    with pytest.raises(NotPrivate):
        open_private(tmp_path / "theirs", os.O_RDWR)
