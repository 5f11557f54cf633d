"""Read the body of a request as it arrives: which of the bytes received belong to it, and when it is complete."""

import re

from .refusals import malformed

MOST_CHUNKS = 10_000  # in a body of up to 1 MB; one sent byte by byte would be a hundred times the work
TRAILERS_LIMIT = 8190  # bytes
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]{0,8}(?:;[\t\x20-\x7e\x80-\xff]{0,250})?\r\n")
BEGUN_SIZE = re.compile(rb"(?:[0-9A-Fa-f]{1,8}(?:[ \t]{0,8}(?:;[\t\x20-\x7e\x80-\xff]{0,250})?\r?)?)?")
TRAILER = re.compile(rb"(" + TOKEN + rb"+):[\t\x20-\x7e\x80-\xff]*")
# Trailers that would change who sent the request, where it goes or where it ends (RFC 9110, section 6.5.1).
NO_TRAILERS = {
    b"authorization",
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"cookie",
    b"expect",
    b"host",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}


class Sized:
    """A body whose length was announced."""

    too_large = False  # what is longer than the limit is never collected

    def __init__(self, length: int):
        self.length = length
        self.content = b""
        self.complete = False

    def take(self, received: bytes | bytearray) -> int:
        """Return how many of the bytes were taken: none before all have arrived."""
        if len(received) < self.length:
            return 0
        self.content = bytes(received[: self.length])
        self.complete = True
        return self.length


class Chunked:
    """A body in chunks (RFC 9112, section 7.1), collected until it exceeds the limit.

    Extensions and trailers are read and dropped. Raises `Refused` for anything malformed.
    """

    def __init__(self, limit: int):
        self.content = bytearray()
        self.complete = self.too_large = False
        self._limit = limit
        self._chunks = 0
        self._left = 0  # bytes of this chunk that have not arrived
        self._trailers = TRAILERS_LIMIT  # bytes that may still come
        self._read = Chunked._size  # a function, not a method: no cycle keeps the content in memory

    def take(self, received: bytes | bytearray) -> int:
        """Take what belongs to the body, and return how many bytes that are."""
        at = 0
        while not (self.complete or self.too_large):
            after = self._read(self, received, at)
            if after is None:
                return at
            at = after
        return at

    def _size(self, received: bytes | bytearray, at: int) -> int | None:
        found = SIZE.match(received, at)
        if found is None:
            if not BEGUN_SIZE.fullmatch(received, at):
                raise malformed("a chunk without a size")
            return None
        self._chunks += 1
        if self._chunks > MOST_CHUNKS:
            raise malformed("too many chunks")
        self._left = int(found[1], 16)
        self._read = Chunked._data if self._left else Chunked._trailer
        return found.end()

    def _data(self, received: bytes | bytearray, at: int) -> int | None:
        part = received[at : at + self._left]
        if not part:
            return None
        self.content += part
        self.too_large = len(self.content) > self._limit
        self._left -= len(part)
        if not self._left:
            self._read = Chunked._end_of_data
        return at + len(part)

    def _end_of_data(self, received: bytes | bytearray, at: int) -> int | None:
        end = received[at : at + 2]
        if not b"\r\n".startswith(end):
            raise malformed("a chunk that is longer than its size")
        if len(end) < 2:
            return None
        self._read = Chunked._size
        return at + 2

    def _trailer(self, received: bytes | bytearray, at: int) -> int | None:
        end = received.find(b"\r\n", at)
        line = received[at:end] if end >= 0 else received[at:]
        if len(line) > self._trailers:
            raise malformed("long trailers")
        if end < 0:
            if b"\n" in line:
                raise malformed("a line ends in LF alone")
            return None
        self._trailers -= len(line) + 2
        if not line:
            self.complete = True
            return end + 2
        found = TRAILER.fullmatch(line)
        if not found or found[1].lower() in NO_TRAILERS:
            raise malformed("a trailer that may not be one")
        return end + 2
