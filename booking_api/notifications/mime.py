"""A message as a mail (RFC 5322): headers, text, HTML and attachments."""

from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, cast

from ..jobs.outbox import PermanentFailure
from .mailboxes import Mailbox, NotOneAddress
from .message import Message


class _Headers(HeaderRegistry):
    """Parses headers once that all mails have: a mail has 20 headers in its parts, and parsing each anew took 2 ms."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = lru_cache(50)(super().__getitem__)
        self._parsed = lru_cache(500)(super().__call__)

    def __getitem__(self, name: str) -> type:
        return self._kind(name)

    def __call__(self, name: str, value: str) -> Any:
        return self._parsed(name, value)


# Addresses are folded already, and are not parsed and folded again.
POLICY = SMTP.clone(refold_source="none", header_factory=_Headers())


def recipient(message: Message) -> Mailbox:
    """Return whom a message goes to; raises `PermanentFailure` if no mail can go there."""
    try:
        return Mailbox.of(message.to_name, message.to)
    except NotOneAddress as error:
        raise PermanentFailure(str(error)) from error


def compose(message: Message, sender: Mailbox) -> EmailMessage:
    """Return the mail of a message: text, HTML and attachments; its Message-ID is the same at every attempt.

    Raises `PermanentFailure` for an address or a header that a mail cannot have, such as one with a line end.
    """
    to = recipient(message)
    utf8 = not to.address.isascii()
    mail = EmailMessage(policy=POLICY.clone(utf8=utf8))
    mail.set_raw("From", sender.header)
    mail.set_raw("To", to.header)
    # An address that takes SMTPUTF8 is not named in a mail that goes without it.
    if message.reply_to is not None and (utf8 or message.reply_to.address.isascii()):
        mail.set_raw("Reply-To", message.reply_to.header)
    try:
        mail["Subject"] = _literal(message.subject)
        mail["Message-ID"] = message.message_id
    except (ValueError, IndexError, HeaderParseError) as error:
        raise PermanentFailure(f"The message has a header that cannot be sent: {error}") from error
    mail["Date"] = format_datetime(message.written_at)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: ask for no automatic replies
    if message.unsubscribe_url is not None:
        mail.set_raw("List-Unsubscribe", f"<{message.unsubscribe_url}>")  # RFC 2369
        mail.set_raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")  # RFC 8058
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    _add_pictures(mail, message)
    for attachment in message.attachments:
        kind, _, subtype = attachment.content_type.partition("/")
        mail.add_attachment(
            attachment.content,
            maintype=kind,
            subtype=subtype,
            filename=attachment.name,
            params=dict(attachment.parameters),
        )
    return mail


def _add_pictures(mail: EmailMessage, message: Message) -> None:
    """Add what the HTML shows: to the HTML alone (RFC 2387), so that programs which show the text show no pictures."""
    *_text, html = cast(list[EmailMessage], mail.get_payload())
    for content_id, content in message.pictures:
        html.add_related(content, "image", "png", cid=f"<{content_id}>", disposition="inline")


def _literal(words: str) -> str:
    """Return text that the email library does not decode: it would decode an encoded word, even to line ends."""
    return words.replace("=?", "= ?").replace("\u2028", " ").replace("\u2029", " ")
