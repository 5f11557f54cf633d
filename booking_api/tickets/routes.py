"""Routes to tickets: those under `/t` are for who has the code, and the PDF of a booking is for who has booked it."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..accounts import access
from ..bookings.rules import BookingNotFound
from ..http.accept_language import preferred_language
from ..http.arguments import Blueprint
from ..http.rate_limits import TooManyRequests, spend
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, limits, pages, qr
from .model import ShownTicket
from .printer import Printer
from .rules import NoValidTicket, PrintersBusy, TicketNotFound
from .service import TicketService

blueprint = Blueprint("tickets", __name__, description="What opens the door.")
tickets = service(TicketService)
printer = service(Printer)

MODULE_PIXELS = 10  # of the pictures; a screen or a sheet of paper needs no more
HTML, SVG, PNG, PDF = "text/html", "image/svg+xml", "image/png", "application/pdf"
PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": pages.POLICY,
    "Vary": "Accept-Language",
}


def _text(media_type: str) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": media_type}


@blueprint.route("/t/<secret:code>")
@access.public
@blueprint.response(200, _text(HTML), content_type=HTML, example=examples.PAGE)
@may_raise(TicketNotFound, TooManyRequests)
def page(code: str) -> Response:
    """See a ticket

    A page for phones and for paper: what, when and where, who comes, the QR code, and whether it is valid. In the
    language that `Accept-Language` asks for, else in that of who has booked. Whoever has the address has the ticket.
    """
    ticket = _found(code)
    return _private(pages.render(ticket, preferred_language(ticket.locale)), HTML)


@blueprint.route("/t/<secret:code>.svg")
@access.public
@blueprint.response(200, _text(SVG), content_type=SVG, example=examples.SVG)
@may_raise(TicketNotFound, TooManyRequests)
def svg(code: str) -> Response:
    """Download the QR code of a ticket as SVG

    It has the address of the ticket's page, whatever has become of the ticket.
    """
    matrix = qr.matrix_of(_found(code).url)
    return _private(qr.svg(matrix, size=qr.side_of(matrix) * MODULE_PIXELS), SVG)


@blueprint.route("/t/<secret:code>.png")
@access.public
@blueprint.response(200, _text(PNG), content_type=PNG, example=examples.PNG)
@may_raise(TicketNotFound, TooManyRequests)
def png(code: str) -> Response:
    """Download the QR code of a ticket as PNG

    It has the address of the ticket's page, whatever has become of the ticket.
    """
    return _private(qr.png(qr.matrix_of(_found(code).url), MODULE_PIXELS), PNG)


@blueprint.route("/t/<secret:code>.pdf")
@access.public
@blueprint.response(200, _text(PDF), content_type=PDF, example=examples.PDF)
@may_raise(TicketNotFound, TooManyRequests, PrintersBusy)
def pdf(code: str) -> Response:
    """Download a ticket as PDF

    A page of A6 with what the ticket's page says. Letters that its font lacks, such as Arabic or Chinese ones, are
    shown as empty boxes. 60 a minute.
    """
    ticket = _found(code)
    spend(limits.PDF, subject=str(ticket.id))
    return _print([ticket], "ticket.pdf")


@blueprint.route("/api/v1/bookings/<objectid:booking_id>/tickets.pdf")
@access.customer
@blueprint.response(200, _text(PDF), content_type=PDF, example=examples.PDF)
@may_raise(BookingNotFound, NoValidTicket, TooManyRequests, PrintersBusy)
def pdf_of_booking(booking_id: ObjectId) -> Response:
    """Download all valid tickets of one's booking as PDF

    A page of A6 for each. 60 a minute.
    """
    found = tickets.of_booking(booking_id, access.caller().id)
    spend(limits.PDF, subject=str(booking_id))
    return _print(found, "tickets.pdf")


def _found(code: str) -> ShownTicket:
    ticket = tickets.find(code)
    if ticket is None:
        spend(limits.WRONG_CODE)
        raise TicketNotFound
    return ticket


def _print(found: list[ShownTicket], filename: str) -> Response:
    answer = _private(printer.render(found, preferred_language(found[0].locale)), PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer


def _private(body: str | bytes, media_type: str) -> Response:
    return Response(body, headers=PRIVATE, mimetype=media_type)
