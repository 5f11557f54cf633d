"""Messages by SMTP: over TLS where the server offers it, one connection for a batch."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from ..errors import StartupError
from ..jobs.outbox import PermanentFailure
from .messages import Message

TIMEOUT_SECONDS = 10
DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
FORM = "EMAIL_URL must be 'console', smtp://user:password@host:587 or smtps://user:password@host:465"


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """The server of an `EMAIL_URL`; user and password may be percent-encoded. Raises `StartupError`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # its message quotes what may be a part of the password, and so would a chained traceback
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
        """Whether it is on this machine, where nobody listens in between."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


def checked_sender(address: str) -> str:
    """`EMAIL_FROM` if it is one address, with or without a name; raises `StartupError`."""
    try:
        header = SMTP.header_factory("From", address)
        (only,) = header.addresses
    except (ValueError, IndexError, HeaderParseError):
        only = None
    if only is None or header.defects or not address.isprintable() or not only.username or not only.domain:
        raise StartupError("EMAIL_FROM must be one address, like tickets@example.com or Tickets <tickets@example.com>.")
    return address


class SmtpSender:
    """Hands messages to an SMTP server (RFC 5321), in any script (RFC 6531) if the server speaks it."""

    notes_each = True

    def __init__(self, server: SmtpServer, sender: str):
        self._server = server
        self._from = sender

    @contextmanager
    def session(self) -> Iterator[Callable[[Message], None]]:
        """Sends over one connection, which is made for the first message and made again where it was lost."""
        connection: smtplib.SMTP | None = None

        def send(message: Message) -> None:
            nonlocal connection
            mail = compose(message, self._from)
            if connection is None or connection.sock is None:  # smtplib closes it after a 421
                connection = self._connect()
            try:
                connection.send_message(mail, to_addrs=[message.to])
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
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def compose(message: Message, sender: str) -> EmailMessage:
    """The mail of a message: text and HTML, and its attachments; its Message-ID is the same at every attempt.

    Raises `PermanentFailure` for an address or a header that no mail can carry: the library refuses line ends there.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        name, _, domain = message.to.rpartition("@")
        if name.isascii():
            mail["To"] = Address(_literal(message.to_name), addr_spec=message.to)
        else:
            mail["To"] = Address(_literal(message.to_name), username=name, domain=domain)
        mail["Subject"] = _literal(message.subject)
        mail["Message-ID"] = message.message_id
        mail["Date"] = format_datetime(message.written_at)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in return
    except (ValueError, IndexError, HeaderParseError) as error:
        raise PermanentFailure(f"The message has a header that cannot be sent: {error}") from error
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        kind, _, subtype = attachment.content_type.partition("/")
        mail.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.name)
    return mail


def _literal(words: str) -> str:
    """Words that the email library takes as they are: it would decode an encoded word, line ends and all."""
    return words.replace("=?", "= ?").replace("\u2028", " ").replace("\u2029", " ")


def _judged(error: smtplib.SMTPException, address: str) -> Exception:
    """The error as the runner understands it: 5yz to this recipient or content is for good (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, reason),) = error.recipients.values()
        return _refusal(code, reason, address)
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, error.smtp_error, address)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return PermanentFailure(f"The server cannot take this address: {error}")
    return error  # of the connection, the login or the sender's address: not this message's fault


def _refusal(code: int, reason: bytes, address: str) -> Exception:
    # What a server says is kept in the job and in the log, and most servers repeat the address.
    said = re.sub(re.escape(address), "the address", reason.decode(errors="replace"), flags=re.IGNORECASE)
    sentence = f"The server says {code} {said}"
    return PermanentFailure(sentence) if code >= 500 else ConnectionError(sentence)
