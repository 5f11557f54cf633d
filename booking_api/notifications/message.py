"""A mail to one person, in plain text and in HTML, from the templates beside this file. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..events.calendar import Calendar
from ..languages.catalogue import DEFAULT
from ..tickets import qr
from .mailboxes import Mailbox
from .rendering import render

MODULE_PIXELS = 4  # so a QR code is 164 pixels wide, and of 0.5 KB


@dataclass(frozen=True)
class Attachment:
    """A file attached to a message; `parameters` are those of its content type."""

    name: str
    content: bytes
    content_type: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A mail to one person. `line` is what the console prints; `message_id` is the same at every attempt.

    `locale` is the language of its text. `unsubscribe_url` is where its reader can ask for no more of its kind.
    `solicited`: whether its address was verified, or it is one of the two mails that an unverified address may get.

    `qr_codes` has what the QR codes say that its HTML shows, by their Content-IDs.

    Text, HTML, pictures and attachments, which are most of the work, are rendered on access; the console does not need
    them.
    """

    to: str
    to_name: str
    subject: str
    line: str
    message_id: str
    written_at: datetime
    template: str
    facts: dict[str, Any]
    locale: str = DEFAULT
    calendar: Calendar | None = None
    solicited: bool = True
    reply_to: Mailbox | None = None
    unsubscribe_url: str | None = None
    qr_codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in plain text."""
        return self._render("txt")

    @property
    def html(self) -> str:
        """The message in HTML, with everything that people wrote escaped."""
        return self._render("html")

    @property
    def pictures(self) -> Iterator[tuple[str, bytes]]:
        """The pictures in the HTML as PNG, each with its Content-ID."""
        for content_id, content in self.qr_codes.items():
            yield content_id, qr.png(qr.matrix_of(content), MODULE_PIXELS)

    @property
    def attachments(self) -> list[Attachment]:
        """The attached files."""
        if self.calendar is None:
            return []
        parameters = {"charset": "utf-8", "method": self.calendar.method, "component": "VEVENT"}  # RFC 6047, 2.4
        return [Attachment(self.calendar.filename, self.calendar.render(), "text/calendar", parameters)]

    def _render(self, form: str) -> str:
        facts = self.facts | {"unsubscribe_url": self.unsubscribe_url}
        return render(f"{self.template}.{form}", self.locale, facts)
