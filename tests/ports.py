"""Ports for services that tests start."""

import socket

RESERVED: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens on, and that nobody else is given until this process ends.

    It stays bound here: where it was let go, one of the processes that run other tests might be given it before the
    service listens. Linux lets a server that sets SO_REUSEADDR, as all of ours do, listen there all the same.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    RESERVED.append(reserved)
    return reserved.getsockname()[1]
