"""Check before anything is started that the service can listen where it is to: one sentence says what to do if not."""

import errno
import socket
from collections.abc import Callable

from ..errors import StartupError

LOOKED_AT = 20  # ports after the busy one, for a free one to suggest
UNPRIVILEGED = 1024


def require_free(host: str, port: int, option: Callable[[int], str]) -> None:
    """Raise `StartupError` if nobody can listen there now; `option` says how another port is chosen."""
    failure = _failure(host, port)
    if failure is None:
        return
    if failure.errno == errno.EADDRINUSE:
        following = range(port + 1, min(port + LOOKED_AT, 65535) + 1)
        free = next((other for other in following if _failure(host, other) is None), 8000)
        raise StartupError(f"Port {port} is in use: choose another with {option(free)}.")
    if failure.errno == errno.EACCES and port < UNPRIVILEGED:
        raise StartupError(f"Port {port} is for privileged users: choose another with {option(8000)}.")
    if failure.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) or isinstance(failure, socket.gaierror):
        raise StartupError(f"{host} is not an address of this machine: choose 127.0.0.1, or 0.0.0.0 for all of them.")
    raise StartupError(f"Nothing can listen at {host}, port {port} ({failure.strerror or failure}).")


def _failure(host: str, port: int) -> OSError | None:
    """Return why a socket cannot be bound there; None if it can."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind((host, port))
    except OSError as error:
        return error
    return None
