"""What tickets are sent as: their media types, the headers of all of them, and a page for people."""

from http import HTTPStatus

from flask import Response

from ..http.accept_language import preferred_language
from ..http.negotiation import is_preferred
from ..http.problems import refused
from . import pages
from .model import ShownTicket
from .rules import TicketGivenAway

HTML, SVG, PNG, PDF = "text/html", "image/svg+xml", "image/png", "application/pdf"
JSON = "application/json"  # what programs ask for that take problems
PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": pages.POLICY,
    "Vary": "Accept-Language",
}


def private(body: str | bytes, media_type: str) -> Response:
    """Return an answer for one person, which nobody else keeps."""
    return Response(body, headers=PRIVATE, mimetype=media_type)


def page(ticket: ShownTicket) -> Response:
    """Return the page of a ticket, in the language that is asked for, else in that of who has booked."""
    return private(pages.render(ticket, preferred_language(ticket.locale)), HTML)


def given_away(error: TicketGivenAway) -> Response:
    """Return 410 for a ticket in whatever form: a page to who prefers HTML, as browsers do, a problem to programs."""
    is_page = is_preferred(HTML, JSON)
    answer = Response(pages.render_given_away(preferred_language()), mimetype=HTML) if is_page else refused(error)
    answer.status_code = HTTPStatus.GONE
    answer.headers.update(PRIVATE | {"Vary": "Accept, Accept-Language"})
    return answer
