"""A real SMTP server in the test, which accepts, defers, refuses, hangs or hangs up as it is told."""

import asyncio
import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from .pids import CALM_SECONDS
from .ports import free_port

ACCEPTED = "250 Thank you"
HANG = "hang"  # never answers
DROP = "drop"  # hangs up


@dataclass(frozen=True)
class Received:
    """A mail that was accepted."""

    sender: str
    recipients: list[str]
    content: bytes
    user: str | None
    encrypted: bool

    @property
    def mail(self) -> EmailMessage:
        """The mail as its reader's program parses it."""
        return email.message_from_bytes(self.content, policy=email.policy.default)


class Protocol(SMTP):
    """The server's side of one connection; tells the handler what it may interrupt."""

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message, or hang up in the midst of it."""
        if self.event_handler.drop_mid_message(self.envelope.rcpt_tos):
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self):
        return Protocol(self.handler, **self.SMTP_kwargs)


class MailServer:
    """Listens on 127.0.0.1. `at_recipient(address)` and `at_data(recipients)` say what it answers."""

    def __init__(self, port: int | None = None, *, seconds_each: float = 0, **options):
        self.port = port or free_port()
        self.received: list[Received] = []
        self.connections: set[tuple] = set()
        self.at_recipient: Callable[[str], str] = lambda _address: ACCEPTED
        self.at_data: Callable[[list[str]], str] = lambda _recipients: ACCEPTED
        self.drop_mid_message: Callable[[list[str]], bool] = lambda _recipients: False
        self._seconds_each = seconds_each
        self._options = {"enable_SMTPUTF8": True} | options
        self._controller: Controller | None = None

    def __enter__(self) -> "MailServer":
        options = {"hostname": "127.0.0.1", "port": self.port, "ready_timeout": CALM_SECONDS} | self._options
        self._controller = _Controller(self, **options)
        self._controller.start()
        return self

    def __exit__(self, *_error) -> None:
        self.stop()

    def stop(self) -> None:
        """Listen no more; safe to call twice."""
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    async def handle_MAIL(self, _server, session, envelope, address, options):
        """Note the connection; any sender is welcome."""
        self.connections.add(session.peer)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return ACCEPTED

    async def handle_RCPT(self, server, _session, envelope, address, _options):
        """Answer to an address."""
        answer = await self._say(self.at_recipient(address), server)
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        """Answer to a message."""
        await asyncio.sleep(self._seconds_each)
        answer = await self._say(self.at_data(envelope.rcpt_tos), server)
        if answer == ACCEPTED:
            user = session.auth_data.login.decode() if session.auth_data else None
            encrypted = server.transport.get_extra_info("sslcontext") is not None
            content = envelope.original_content
            self.received.append(Received(envelope.mail_from, list(envelope.rcpt_tos), content, user, encrypted))
        return answer

    async def _say(self, answer: str, server: SMTP) -> str:
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == DROP:
            server.transport.abort()
        return answer
