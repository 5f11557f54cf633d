"""A mail to one person, in plain text and in HTML, from the templates beside this file. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..events import calendar
from ..events.model import Event
from ..languages.catalogue import DEFAULT
from .rendering import render


@dataclass(frozen=True)
class Attachment:
    """A file attached to a message."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Message:
    """A mail to one person. `line` is what the console prints; `message_id` is the same at every attempt.

    `locale` is the language of its text. `solicited`: whether its address was verified, or it is one of the two mails
    that an unverified address may get.

    Text, HTML and attachments, which are most of the work, are rendered on access; the console does not need them.
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
    calendar_event: Event | None = None
    solicited: bool = True

    @property
    def text(self) -> str:
        """The message in plain text."""
        return render(f"{self.template}.txt", self.locale, self.facts)

    @property
    def html(self) -> str:
        """The message in HTML, with everything that people wrote escaped."""
        return render(f"{self.template}.html", self.locale, self.facts)

    @property
    def attachments(self) -> list[Attachment]:
        """The attached files."""
        event = self.calendar_event
        return [] if event is None else [Attachment("event.ics", calendar.render(event), "text/calendar")]
