"""A client's socket that keeps what the client does not take at once, so that nobody waits for one who reads slowly."""

import contextlib
import socket
import struct
from typing import BinaryIO

DONTWAIT = int(socket.MSG_DONTWAIT)  # combining flags as members of an enumeration takes longer than sending
MOST_KEPT_BYTES = 4_000_000  # of one connection; an answer that goes on behind that is waited for


class ClientSocket(socket.socket):
    """The socket of a connection that was accepted. What is `unsent` must be sent by `send_more` later.

    While it is `unfinished`, its answer is not complete, and only the end of the connection would say that it is.
    """

    unfinished = _resets = False

    def __init__(self, accepted: socket.socket):
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.unsent = bytearray()

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]  # gunicorn sends bytes
        """Send, or keep, all of it."""
        sent = 0
        if not self.unsent:
            try:
                sent = self.send(data, flags | DONTWAIT)
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
        self.unsent += memoryview(data)[sent:]
        if len(self.unsent) > MOST_KEPT_BYTES:
            kept, self.unsent = self.unsent, bytearray()
            super().sendall(kept, flags)

    def begin_unframed(self) -> None:
        """Begin an answer that has neither a length nor chunks: from now on the system resets a closed connection.

        An orderly end would tell the client that it has all of the answer, also where this process was killed.
        """
        self.unfinished = self._resets = True
        self._set_reset()

    def end_unframed(self) -> None:
        """End such an answer orderly, once the system has all of it."""
        if self._resets:
            self._resets = False
            self._set_reset()

    def _set_reset(self) -> None:
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", self._resets, 0))

    def sendfile(  # type: ignore[override]  # gunicorn sends files that were opened for reading bytes
        self, file: BinaryIO, offset: int = 0, count: int | None = None
    ) -> int:
        """Send, or keep, a part of a file."""
        file.seek(offset)
        content = file.read(-1 if count is None else count)
        self.sendall(content)
        return len(content)

    def send_more(self) -> bool:
        """Send as much as the client takes now of what is unsent; whether that was all. Raises `OSError`."""
        with contextlib.suppress(BlockingIOError):
            del self.unsent[: self.send(self.unsent, socket.MSG_DONTWAIT)]
        return not self.unsent
