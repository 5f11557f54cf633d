"""Files and folders of this user alone, also where others can write beside them, such as the temporary directory.

Whatever others may have put there first is refused: links are not followed, and owner and mode are read from what was
opened, not from its name, so that nothing can be exchanged in between.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe in its place must not be waited for


class NotPrivate(OSError):
    """What stands at a path is not this user's, or others can change or read it."""


@contextlib.contextmanager
def private_folder(path: Path) -> Iterator[int]:
    """A descriptor of a folder that this user alone can enter, while the block runs; it is made where there is none.

    One of ours that others may enter is closed to them. Raises `OSError` for a link, for what is no folder or not
    ours, and for a folder of ours that everybody may write to: who knows what is in it.
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
    """Make a folder for this user alone, or check that it is one; raises `OSError` as `private_folder` does."""
    with private_folder(path):
        pass


def open_private(name: str | Path, flags: int, folder: int | None = None) -> int:
    """A descriptor of a regular file of this user, made if `flags` say so, readable to no other if it is new.

    `name` is taken under the open `folder` if one is given. Raises `OSError`, for a link and a stranger's file too.
    """
    file = os.open(name, flags | FILE_FLAGS, 0o600, dir_fd=folder)
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(file)
        raise NotPrivate(f"{name} is not a file of this user")
    return file
