"""A real MongoDB that is no replica set, which the service must refuse."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from booking_api.development.mongod import find_mongod

from .pids import eventually
from .processes import stop_with_parent


@contextmanager
def standalone_mongod(folder: Path) -> Iterator[str]:
    """The address of a real MongoDB that is no replica set."""
    data, socket_path = folder / "data", folder / "mongod.sock"
    data.mkdir(parents=True)
    process = subprocess.Popen(
        [find_mongod(), "--dbpath", data, "--bind_ip", socket_path, "--logpath", folder / "mongod.log"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=stop_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
    )
    try:
        eventually(lambda: _listens(socket_path) or process.poll() is not None, "mongod listens")
        yield f"mongodb://{quote(str(socket_path), safe='')}/booking"
    finally:
        process.kill()
        process.wait()


def _listens(path: Path) -> bool:
    """Whether somebody accepts connections there: the file alone is there a moment earlier."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        return True
    return False
