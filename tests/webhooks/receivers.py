"""A server that answers as it is told, by bytes, and authorities that certify it."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..pids import CALM_SECONDS, eventually

NAME = "hooks.example.com"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
MOST_REQUEST_BYTES = 100_000


def answer(content: bytes, status: str = "200 OK", *headers: bytes) -> bytes:
    """A whole answer with a body of a known length."""
    lines = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(content), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


class Receiver:
    """Listens on 127.0.0.1. `behave` gets each connection, after its request unless `reads` is false, and answers."""

    def __init__(self, behave: Callable | bytes = NO_CONTENT, *, tls=None, port=0, reads=True):
        self.behave = behave if callable(behave) else lambda connection: connection.sendall(behave)
        self._peers: list[tuple] = []
        self.requests: list[bytes] = []
        self.server_names: list[str | None] = []
        self.over = threading.Event()
        self._tls, self._reads = tls, reads
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        if tls:
            tls.sni_callback = lambda _socket, name, _context: self.server_names.append(name)

    def __enter__(self) -> "Receiver":
        self._threads[0].start()
        return self

    def __exit__(self, *_error) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, scheme: str = "http", host: str = NAME, path: str = "/hooks") -> str:
        """Where it is reached, with a resolver that knows it."""
        return f"{scheme}://{host}:{self.port}{path}"

    def connections(self) -> int:
        """How many connections were made until now: they are accepted in order, so one of our own comes last."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            eventually(lambda: last.getsockname() in self._peers, "all are accepted")
            return self._peers.index(last.getsockname())

    def drip(self, connection: socket.socket, content: bytes) -> None:
        """Send a byte now and then, for ever."""
        while True:
            for byte in content:
                connection.sendall(bytes([byte]))
                if self.over.wait(0.05):
                    return

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            self._peers.append(peer)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:  # the client may leave at any time
            connection.settimeout(CALM_SECONDS)
            served = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with served:
                if self._reads:
                    self.requests.append(_read(served))
                self.behave(served)


def _read(connection: socket.socket) -> bytes:
    """One request, as long as its head says."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    if not (part := connection.recv(65536)):
        raise ConnectionError("The client has left.")
    return part


class Authority:
    """Issues certificates that are valid where its own is trusted."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        made = self._issue(self._name, self._key, basic)
        self.file = folder / "authority.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def server(self, name: str = NAME, *, expired: bool = False, self_signed: bool = False) -> ssl.SSLContext:
        """The server's side of TLS, with a certificate for a name or an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = (subject, key) if self_signed else None
        made = self._issue(subject, key, x509.SubjectAlternativeName([alternative]), expired=expired, issuer=issuer)
        chain = self._folder / f"{made.serial_number}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def _issue(self, subject, key, extension, *, expired=False, issuer=None) -> x509.Certificate:
        issuer_name, issuer_key = issuer or (self._name, self._key)
        now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * day)
            .not_valid_after(now - day if expired else now + day)
            .add_extension(extension, critical=False)
            .sign(issuer_key, hashes.SHA256())
        )
