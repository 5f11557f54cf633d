"""The page of a ticket. It needs no script and nothing from elsewhere, so that a saved page is whole."""

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from ..languages import catalogue
from ..languages.templates import Templates
from . import qr
from .model import ShownTicket
from .rules import CANCELLED, USED
from .words import words_of

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "ticket.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
templates = Templates("booking_api.tickets")


def render(ticket: ShownTicket, locale: str) -> str:
    """Return the page of a ticket as HTML, in a language."""
    language = catalogue.language(locale)
    facts = {
        "ticket": ticket,
        "words": words_of(ticket, language),
        "invalid": ticket.state in (CANCELLED, USED),
        "qr": Markup(qr.svg(qr.matrix_of(ticket.url))),  # noqa: S704 (no text is in it)
        "style": Markup(STYLE),  # noqa: S704 (a file of ours)
    }
    return templates.render("ticket.html", locale, facts)


def render_given_away(locale: str) -> str:
    """Return the page in place of a ticket that was given to somebody else, as HTML, in a language; it names nobody."""
    return templates.render("given_away.html", locale, {"style": Markup(STYLE)})  # noqa: S704 (a file of ours)
