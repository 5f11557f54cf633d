"""Ports for servers that a test starts."""

import socket
from collections import deque

MOST_KEPT = 100  # at once, many more than a test uses
kept: deque[socket.socket] = deque()


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to nobody else: a socket that is bound there keeps it.

    Other test processes draw ports all the time, and a service takes a second or more to listen on its own. Whoever
    sets SO_REUSEADDR, as servers do, can listen there all the same, again and again.
    """
    while len(kept) >= MOST_KEPT:
        kept.popleft().close()
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    address = keeper.getsockname()
    try:
        socket.create_server(address).close()
    except OSError:  # a kernel of another kind, where a port cannot be kept
        keeper.close()
    else:
        kept.append(keeper)
    return address[1]
