"""Files and folders that belong to this user alone, even in a directory where others can write, such as `/tmp`.

Whatever another user may have put there is refused: links are not followed, and owner and mode are read from the open
file and not from its name, so that nobody can exchange the file in between.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # do not block if somebody has put a pipe there


class NotPrivate(OSError):
    """The file at a path belongs to another user, or others can read or change it."""


@contextlib.contextmanager
def private_folder(path: Path) -> Iterator[int]:
    """Open a folder that only this user can enter, for as long as the block runs; create it if it does not exist.

    Yields its file descriptor. A folder of this user that others may enter is closed to them. Raises `OSError` if the
    path is a link, is not a folder or belongs to somebody else, or if everybody may write to the folder: then its
    content cannot be trusted.
    """
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    folder = os.open(path, FOLDER_FLAGS)
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid():
            raise NotPrivate(f"{path} belongs to another user")
        if found.st_mode & stat.S_IWOTH:
            raise NotPrivate(f"{path} can be written to by everybody")
        if stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(folder, 0o700)
        yield folder
    finally:
        os.close(folder)


def ensure_private_folder(path: Path) -> None:
    """Create a folder for this user alone, or check that it is one; raises `OSError` as `private_folder` does."""
    with private_folder(path):
        pass


def open_private(name: str | Path, flags: int, folder: int | None = None) -> int:
    """Open a regular file of this user and return its descriptor; readable only by this user if it is new.

    `name` is relative to the open `folder` if one is given. Raises `OSError`, also for a link or somebody else's file.
    """
    file = os.open(name, flags | FILE_FLAGS, 0o600, dir_fd=folder)
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(file)
        raise NotPrivate(f"{name} is not a file of this user")
    return file
