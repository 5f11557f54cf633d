"""The development secret: the first process creates it, and every later process and start uses the same one."""

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
    """Return the secret stored at `path`; create a new one if it is missing or damaged.

    A crash or a full disk may leave an empty file, or one filled with zeros. Processes that call this at the same time
    get the same secret. Raises `StartupError` if other users can read the file or may have put it there, or if it
    cannot be written.
    """
    try:
        return _read(path, least_bytes) or _make(path, least_bytes)
    except OSError as error:
        raise StartupError(
            f"The secret in {path} cannot be kept ({error.strerror or error}): make it a file of this user that "
            "nobody else can read (chmod 600), or remove it, or set JWT_SECRET_KEY or VAR_DIR."
        ) from error


def _read(path: Path, least_bytes: int) -> str | None:
    """Return the secret, or None if there is no usable one."""
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
        fcntl.flock(folder, fcntl.LOCK_EX)  # without it two processes that find no secret would each create one
        secret = _read(path, least_bytes)
        if secret is None:
            secret = secrets.token_urlsafe(48)
            _replace(path, secret)
            os.fsync(folder)
        return secret
    finally:
        os.close(folder)


def _replace(path: Path, secret: str) -> None:
    """Replace the file at `path` atomically: the new one is on the disk before it gets its name."""
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
