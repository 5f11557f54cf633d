"""Collect what arrives on one connection until a request is complete. Nothing here blocks."""

import io

from .bodies import Chunked, Sized
from .head import Head, read_head
from .refusals import CUT_SHORT, Refused

HEAD_END = b"\r\n\r\n"


class Arrival:
    """What has arrived on a connection; it replaces gunicorn's parser, which would block for more.

    A body larger than `body_limit` bytes is not read: the application gets its announced length, or one byte more than
    the limit, and answers with its own problem. `unread` is true then, and the connection must be closed.
    """

    def __init__(self, body_limit: int):
        self.unread = False
        self.expects_continue = False  # the client waits for 100 Continue before it sends the body
        self._limit = body_limit
        self._received: bytes | bytearray = b""
        self._searched = self._parsed = 0  # bytes of a head that is not complete
        self._head: Head | None = None
        self._body: Sized | Chunked | None = None

    @property
    def size(self) -> int:
        """How many bytes are held for requests that were not taken yet, and more than 0 if any are."""
        return len(self._received) + (len(self._body.content) if self._body else 0) + (self._head is not None)

    def feed(self, data: bytes) -> bool:
        """Add received bytes. Returns True if a request is complete now. Raises `Refused`."""
        if not self._received:
            self._received = data
        else:
            if isinstance(self._received, bytes):
                self._received = bytearray(self._received)
            self._received += data
        return self.advance()

    def advance(self) -> bool:
        """Return True if the next request is complete. Raises `Refused`."""
        if self._head is None:
            self._head = self._take_head()
            if self._head is None:
                return False
        return self._body is None or self._take_body(self._head, self._body)

    def end(self) -> None:
        """Note that the client has closed; raises `Refused` if that is in the middle of a request."""
        if self.size:
            raise Refused(CUT_SHORT, "the end in the middle of a request")

    def __next__(self) -> Head:
        """Return the complete request; call it only when there is one."""
        head, body = self._head, self._body
        if head is None:
            raise StopIteration
        self._head = self._body = None
        head.body = io.BytesIO(body.content if body else b"")  # type: ignore[assignment]  # it reads like one
        return head

    def finish_body(self, deadline: float | None = None) -> bool:
        """Tell gunicorn, which asks for the rest of the body to be read, whether it was."""
        return not self.unread

    def forget(self) -> None:
        """Drop what was received, because the connection will be closed."""
        self._received = b""
        self._head = self._body = None

    def _take_head(self) -> Head | None:
        received = self._received
        if not received:
            return None
        complete = received.find(HEAD_END, max(0, self._searched - 3)) >= 0
        self._searched = len(received)
        # An incomplete head is parsed whenever it has doubled in size: so what is not HTTP is refused early, and many
        # small pieces stay cheap.
        if not complete and len(received) < 2 * self._parsed:
            return None
        found = read_head(bytes(received))
        if found is None:
            self._parsed = len(received)
            return None
        head, length = found
        self._searched = self._parsed = 0
        self._received = received[length:]
        self._expect_body(head)
        return head

    def _expect_body(self, head: Head) -> None:
        if head.length == 0:
            return
        if head.length is None:
            self._body = Chunked(self._limit)
        elif head.length <= self._limit:
            self._body = Sized(head.length)
        else:
            self._leave_unread(head)
            return
        self.expects_continue = head.expects_continue and not self._received

    def _take_body(self, head: Head, body: Sized | Chunked) -> bool:
        taken = body.take(self._received)
        if taken:
            self._received = self._received[taken:]
        if body.too_large:
            self._leave_unread(head)
        return body.complete or body.too_large

    def _leave_unread(self, head: Head) -> None:
        self.unread = True
        head.force_close()
        self._received = b""
