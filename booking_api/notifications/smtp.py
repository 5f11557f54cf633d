"""Send messages by SMTP, over TLS if the server offers it, with one connection for a batch."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from ..errors import StartupError
from ..jobs.outbox import PermanentFailure
from .mailboxes import Mailbox, NotOneAddress
from .message import Message
from .mime import compose, recipient

TIMEOUT_SECONDS = 10
DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
FORM = "EMAIL_URL must be 'console', smtp://user:password@host:587 or smtps://user:password@host:465"


@dataclass(frozen=True)
class SmtpServer:
    """The server that takes our mail."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Parse an `EMAIL_URL`; user and password may be percent-encoded. Raises `StartupError`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # not chained: its message may quote a part of the password
            parts, port = urlsplit(""), None
        odd = parts.path not in ("", "/") or parts.query or parts.fragment or any(sign.isspace() for sign in url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0 or odd:
            raise StartupError(f"{FORM}.")
        if not unquote(parts.password or "").isascii():  # smtplib sends it as ASCII
            raise StartupError(f"{FORM}: the password has characters that no server can be told.")
        if (parts.username is None) != (parts.password is None):
            raise StartupError(f"{FORM}: a user needs a password, and a password a user.")
        return cls(
            host=parts.hostname,
            port=port or DEFAULT_PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            user=parts.username and unquote(parts.username),
            password=parts.password and unquote(parts.password),
        )

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, so that nobody can listen in between."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


def checked_sender(text: str) -> Mailbox:
    """Return `EMAIL_FROM` if it is one address, with or without a name; raises `StartupError`."""
    try:
        sender = Mailbox.parsed(text)
    except NotOneAddress as error:
        raise StartupError(
            "EMAIL_FROM must be one address, like tickets@example.com or Tickets <tickets@example.com>."
        ) from error
    if not sender.address.isascii():
        raise StartupError("EMAIL_FROM must be one address in ASCII before the @, which every mail server takes.")
    return sender


class SmtpSender:
    """Sends messages to an SMTP server (RFC 5321).

    A domain may be in any script; a local part beyond ASCII needs a server that supports it (RFC 6531).
    """

    notes_each = True
    outcome = "sent"

    def __init__(self, server: SmtpServer, sender: Mailbox):
        self._server = server
        self._from = sender

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Send over one connection, which is opened for the first message and reopened if it was lost."""
        connection: smtplib.SMTP | None = None

        def send(message: Message) -> None:
            nonlocal connection
            mail = compose(message, self._from)
            if connection is None or connection.sock is None:  # smtplib closes it after a 421
                connection = self._connect()
            try:
                connection.send_message(mail, self._from.address, [recipient(message).address])
            except smtplib.SMTPException as error:
                if isinstance(error, smtplib.SMTPServerDisconnected):
                    connection = None
                raise _judged(error, message.to) from error
            except OSError:
                connection = None
                raise

        try:
            yield send
        finally:
            if connection is not None:
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        connection: smtplib.SMTP
        if server.implicit_tls:
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.ehlo()
            if not server.implicit_tls and connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
            elif not server.implicit_tls and server.user and not server.is_here:
                raise ConnectionError(f"{server.host} offers no TLS, so it is not told the password.")
            if server.user and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _judged(error: smtplib.SMTPException, address: str) -> Exception:
    """Return the error for the job runner: a 5yz reply to this recipient or content is permanent (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, reason),) = error.recipients.values()
        return _refusal(code, reason, address)
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, error.smtp_error, address)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return PermanentFailure(f"The server takes no address with letters beyond ASCII before the @: {error}")
    return error  # about the connection, the login or the sender's address, and not about this message


def _refusal(code: int, reason: bytes | str, address: str) -> Exception:
    # The reply is stored in the job and logged, so the address, which most servers repeat, is removed.
    reply = reason if isinstance(reason, str) else reason.decode(errors="replace")
    reply = re.sub(re.escape(address), "the address", reply, flags=re.IGNORECASE)
    sentence = f"The server says {code} {reply}"
    return PermanentFailure(sentence) if code >= 500 else ConnectionError(sentence)
