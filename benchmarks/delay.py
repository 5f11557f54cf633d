"""A forwarder before mongod that delays whatever a driver sends, so that a round trip costs what it does on a network.

    python -m benchmarks.delay SOCKET MILLISECONDS      (prints its port; ends when its standard input does)

Only the way to mongod is delayed, once for each round trip; answers come back at once. It is a process of its own, so
that what it uses of a core is known, it keeps the order of what it forwards, and it holds a bounded number of bytes.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

from .folders import ROOT
from .processes import cpu_seconds

MOST_BYTES = 4_000_000  # of a connection that wait here before its client has to
MOST_CONNECTIONS = 2_000
START_SECONDS = 10


class Upstream(asyncio.Protocol):
    """The connection to mongod: what comes goes to the client at once."""

    def __init__(self, client: "Client"):
        self._client = client

    def data_received(self, data: bytes) -> None:
        """Pass an answer on."""
        if not self._client.transport.is_closing():
            self._client.transport.write(data)

    def pause_writing(self) -> None:
        """Let the client wait: mongod does not take what is here."""
        self._client.is_full = True
        self._client.look()

    def resume_writing(self) -> None:
        """Let the client go on."""
        self._client.is_full = False
        self._client.look()

    def connection_lost(self, _error: Exception | None) -> None:
        """The client's ends with it."""
        self._client.transport.close()


class Client(asyncio.Protocol):
    """The connection of a driver: what comes is passed on after the delay, in the order in which it came."""

    open = 0

    def __init__(self, socket: str, seconds: float):
        self._socket, self._seconds = socket, seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()  # b"" is the end
        self._size = 0
        self._upstream: asyncio.Transport | None = None
        self.is_full = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Connect to mongod; what comes before that waits."""
        self.transport = transport
        Client.open += 1
        if Client.open > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            self._upstream, _ = await self._loop.create_unix_connection(lambda: Upstream(self), self._socket)
        except OSError:
            self.transport.abort()
        else:
            for _ in self._waiting:
                self._loop.call_later(self._seconds, self._pass_on)

    def data_received(self, data: bytes) -> None:
        """Keep it for the delay."""
        self._keep(data)
        self.look()

    def _keep(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        if self._upstream:
            self._loop.call_later(self._seconds, self._pass_on)

    def _pass_on(self) -> None:
        """Pass the oldest on: timers that are due at the same moment may fire in any order."""
        data = self._waiting.popleft()
        self._size -= len(data)
        if self._upstream.is_closing():
            return
        if data:
            self._upstream.write(data)
            self.look()
        else:
            self._upstream.close()

    def look(self) -> None:
        """Read on, or not, as there is room; asking twice does no harm."""
        if self.is_full or self._size > MOST_BYTES:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not take its answers: mongod has to wait."""
        if self._upstream:
            self._upstream.pause_reading()

    def resume_writing(self) -> None:
        """Take answers again."""
        if self._upstream:
            self._upstream.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        """What a killed server has sent still arrives, as on a network; then its connection to mongod ends."""
        Client.open -= 1
        self._keep(b"")


async def serve(socket: str, seconds: float) -> None:
    """Forward until standard input ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: os.read(sys.stdin.fileno(), 1) or ended.set())
    server = await loop.create_server(lambda: Client(socket, seconds), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()


class Forwarder:
    """The process, while the `with` block runs; `uri` is where servers find mongod behind it."""

    def __init__(self, socket: Path, milliseconds: float):
        self._command = [sys.executable, "-m", "benchmarks.delay", str(socket), str(milliseconds)]
        self.milliseconds = milliseconds

    def __enter__(self) -> "Forwarder":
        # Of a session of its own, so that the keys that interrupt a benchmark do not end it before the servers.
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        port = self._process.stdout.readline().strip()
        if not port:
            self._end()
            sys.exit("The forwarder before mongod did not start.")
        self.uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        return self

    def __exit__(self, *_error) -> None:
        self._end()

    def _end(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()

    def cpu_seconds(self) -> float | None:
        """What it has used so far; None where that is unknown."""
        return cpu_seconds(self._process.pid)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2]) / 1000))
