"""A mail to one person, in plain text and in HTML, from the templates beside this file. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from .. import money
from ..events.calendar import Calendar
from .mailboxes import Mailbox

templates = Environment(
    loader=PackageLoader("booking_api.notifications"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


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

    `unsubscribe_url` is where its reader can ask for no more of its kind.
    `solicited`: whether its address was verified, or it is one of the two mails that an unverified address may get.
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
    calendar: Calendar | None = None
    solicited: bool = True
    reply_to: Mailbox | None = None
    unsubscribe_url: str | None = None

    @property
    def text(self) -> str:
        """The message in plain text."""
        return templates.get_template(f"{self.template}.txt").render(self.facts)

    @property
    def html(self) -> str:
        """The message in HTML, with everything that people wrote escaped."""
        return templates.get_template(f"{self.template}.html").render(self.facts)

    @property
    def attachments(self) -> list[Attachment]:
        """The attached files."""
        if self.calendar is None:
            return []
        parameters = {"charset": "utf-8", "method": self.calendar.method, "component": "VEVENT"}  # RFC 6047, 2.4
        return [Attachment(self.calendar.filename, self.calendar.render(), "text/calendar", parameters)]


def local_time(event: Mapping[str, Any], field: str = "date") -> str:
    """Return a time of an event in its own time zone, like `Sunday, 01 June 2031, 20:00 (Europe/Vienna)`."""
    moment: datetime | None = event[field]
    if moment is None:
        return "open"
    return f"{moment.astimezone(ZoneInfo(event['timezone'])):%A, %d %B %Y, %H:%M} ({event['timezone']})"


templates.filters |= {"local_time": local_time, "money": money.written}
