"""A proxy before MongoDB that loses commands and answers: nothing was done, or it was and nobody hears of it."""

import contextlib
import socket
import struct
import threading
from urllib.parse import quote, unquote, urlsplit

CUT, LOSE, STALL = FAULTS = ("cut", "lose", "stall")
HEADER = struct.Struct("<4i")  # messageLength, requestID, responseTo, opCode


class LossyProxy:
    """Passes messages on between a client and the unix socket of a mongod.

    `spoil(fault, command, times)` spoils the command the next times it comes: `CUT` loses it and its connection,
    `LOSE` its answer and its connection, and `STALL` passes it on and then nothing more on its connection.
    """

    def __init__(self, address, folder):
        self._server = unquote(urlsplit(address).netloc)
        self._query = address.partition("?")[2]
        self._path = folder / "proxy.sock"
        self._mutex = threading.Lock()
        self._fault, self._command, self._times = "", b"", 0
        self.spoilt = 0
        self._sockets = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def address(self, name):
        """The address of a database through this proxy."""
        return f"mongodb://{quote(str(self._path), safe='')}/{name}?{self._query}"

    def spoil(self, fault, command, times):
        """Spoil `command` so many times from now on."""
        with self._mutex:
            self._fault, self._command, self._times, self.spoilt = fault, command.encode(), times, 0

    def close(self):
        """End all connections."""
        for each in (self._listener, *self._sockets):
            _end(each)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._sockets += [client, server]
                ends = (client, server, [])
                for pump in (self._ask, self._answer):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    def _ask(self, client, server, faults):
        with contextlib.suppress(OSError):
            while message := _read(client):
                # The first element of an OP_MSG's document is the command: type, name, value.
                if fault := self._due(message[HEADER.size + 4 + 1 + 4 + 1 :]):
                    faults.append(fault)
                if fault == CUT:
                    break
                server.sendall(message)
        _end(client, server)

    def _answer(self, client, server, faults):
        with contextlib.suppress(OSError):
            while message := _read(server):
                if LOSE in faults:
                    break
                if STALL not in faults:
                    client.sendall(message)
        _end(client, server)

    def _due(self, document):
        with self._mutex:
            if self.spoilt >= self._times or not document.startswith(self._command + b"\0"):
                return None
            self.spoilt += 1
            return self._fault


def _read(connection):
    head = _read_exactly(connection, HEADER.size)
    return head and head + _read_exactly(connection, HEADER.unpack(head)[0] - HEADER.size)


def _read_exactly(connection, size):
    chunks = b""
    while len(chunks) < size:
        chunk = connection.recv(size - len(chunks))
        if not chunk:
            return b""
        chunks += chunk
    return chunks


def _end(*connections):
    for each in connections:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
