"""How the requests of one connection arrive: what was received, until a request is complete. Nothing here waits."""

import io

from .bodies import Chunked, Sized
from .head import Head, read_head
from .refusals import CUT_SHORT, Refused

HEAD_END = b"\r\n\r\n"


class Arrival:
    """What has arrived on a connection; stands in the place of gunicorn's parser, which would wait for more.

    A body larger than `body_limit` bytes is not waited for: the application is told of its length, or gets one byte
    too many, and refuses it in its own words; `unread` is true then, and the connection must be closed.
    """

    def __init__(self, body_limit: int):
        self.unread = False
        self.expects_continue = False  # the client waits for leave to send the body
        self._limit = body_limit
        self._received: bytes | bytearray = b""
        self._searched = self._parsed = 0  # bytes of a head that is not complete
        self._head: Head | None = None
        self._body: Sized | Chunked | None = None

    @property
    def size(self) -> int:
        """How many bytes are held for requests that were not taken yet."""
        return len(self._received) + (len(self._body.content) if self._body else 0) + (self._head is not None)

    def feed(self, data: bytes) -> bool:
        """Take what was received; whether a request is complete now. Raises `Refused`."""
        if not self._received:
            self._received = data
        else:
            if isinstance(self._received, bytes):
                self._received = bytearray(self._received)
            self._received += data
        return self.advance()

    def advance(self) -> bool:
        """Whether the next request is complete. Raises `Refused`."""
        if self._head is None and not self._take_head():
            return False
        return self._body is None or self._take_body()

    def end(self) -> None:
        """Nothing more will come; raises `Refused` if that is in the middle of a request."""
        if self.size:
            raise Refused(CUT_SHORT, "the end in the middle of a request")

    def __next__(self) -> Head:
        """The request that is complete."""
        head, body = self._head, self._body
        self._head = self._body = None
        head.body = io.BytesIO(body.content if body else b"")
        return head

    def finish_body(self, deadline: float | None = None) -> bool:
        """gunicorn asks for the rest of the body to be read: it has been."""
        return not self.unread

    def forget(self) -> None:
        """Let go of what was received: the connection is to be closed."""
        self._received = b""
        self._head = self._body = None

    def _take_head(self) -> bool:
        received = self._received
        if not received:
            return False
        complete = received.find(HEAD_END, max(0, self._searched - 3)) >= 0
        self._searched = len(received)
        # Before it is complete it is parsed whenever it has doubled, so that what is no HTTP is refused early, and
        # many small pieces cost no more than their number.
        if not complete and len(received) < 2 * self._parsed:
            return False
        found = read_head(bytes(received))
        if found is None:
            self._parsed = len(received)
            return False
        self._head, length = found
        self._searched = self._parsed = 0
        self._received = received[length:]
        self._expect_body(self._head)
        return True

    def _expect_body(self, head: Head) -> None:
        if head.length == 0:
            return
        if head.length is None:
            self._body = Chunked(self._limit)
        elif head.length <= self._limit:
            self._body = Sized(head.length)
        else:
            self._leave_unread()
            return
        self.expects_continue = head.expects_continue and not self._received

    def _take_body(self) -> bool:
        body = self._body
        taken = body.take(self._received)
        if taken:
            self._received = self._received[taken:]
        if body.too_large:
            self._leave_unread()
        return body.complete or body.too_large

    def _leave_unread(self) -> None:
        self.unread = True
        self._head.force_close()
        self._received = b""
