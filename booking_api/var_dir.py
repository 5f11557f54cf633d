"""The folder for what the service itself keeps on a disk: the embedded MongoDB and the development secret."""

import shutil
import tempfile
from pathlib import Path

from .errors import StartupError

NEW_DATA_BYTES = 150_000_000  # a new embedded MongoDB takes 17 MB, and some 80 MB of journal when it sells
LEAST_FREE_BYTES = 50_000_000
PROBE = bytes(4096)


def require_usable(folder: Path) -> None:
    """Create the folder, parents included, and prove that it can be written to; raises `StartupError` naming it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(PROBE)
        free = shutil.disk_usage(folder).free
    except FileExistsError:
        raise _unusable(folder, "it is not a folder") from None
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error
    needed = LEAST_FREE_BYTES if (folder / "mongodb").exists() else NEW_DATA_BYTES
    if free < needed:
        raise _unusable(folder, f"its disk has {free // 1_000_000} MB left, and MongoDB needs {needed // 1_000_000}")


def _unusable(folder: Path, reason: str) -> StartupError:
    return StartupError(
        f"Nothing can be kept in {folder} ({reason}): set VAR_DIR to a folder that this user can write to, or set "
        "MONGODB_URI to a replica set."
    )
