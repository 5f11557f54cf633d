"""The development secret: made by whoever comes first, then the same for every process and every start."""

import contextlib
import fcntl
import os
import secrets
import stat
from pathlib import Path

from .errors import StartupError
from .private_files import FOLDER_FLAGS, NotPrivate, open_private

LONGEST = 4096


def kept_secret(path: Path, least_bytes: int) -> str:
    """The secret that is kept at `path`; one that is missing or cut short is made anew, once for all who ask.

    A crash or a full disk may have left an empty file, or one of zeros. Raises `StartupError` for a file that others
    could read or have put there, and where none can be kept.
    """
    try:
        return _read(path, least_bytes) or _make(path, least_bytes)
    except OSError as error:
        raise StartupError(
            f"The secret in {path} cannot be kept ({error.strerror or error}): make it a file of this user that "
            "nobody else can read (chmod 600), or remove it, or set JWT_SECRET_KEY or VAR_DIR."
        ) from error


def _read(path: Path, least_bytes: int) -> str | None:
    """The secret, or None if there is no usable one."""
    try:
        file = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(file, errors="backslashreplace") as opened:
        if stat.S_IMODE(os.fstat(file).st_mode) & 0o077:
            raise NotPrivate("others can read or write it")
        secret = opened.read(LONGEST)
    return secret if len(secret.strip().encode()) >= least_bytes and "\0" not in secret else None


def _make(path: Path, least_bytes: int) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(path.parent, FOLDER_FLAGS)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # or two processes that find none would each make one
        made = _read(path, least_bytes)
        if made is None:
            made = secrets.token_urlsafe(48)
            _replace(path, made)
            os.fsync(folder)
        return made
    finally:
        os.close(folder)


def _replace(path: Path, secret: str) -> None:
    """Put a new file in the place of `path`, never a part of one: it is on the disk before it has the name."""
    draft = path.with_suffix(".draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()  # of a process that died
    try:
        with open(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
