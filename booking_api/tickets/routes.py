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
from . import answers, examples, limits, qr
from .answers import HTML, PDF, PNG, SVG, private
from .model import ShownTicket
from .printer import Printer
from .rules import NoValidTicket, PrintersBusy, TicketGivenAway, TicketNotFound
from .service import TicketService

blueprint = Blueprint("tickets", __name__, description="What opens the door.")
blueprint.register_error_handler(TicketGivenAway, answers.given_away)
tickets = service(TicketService)
printer = service(Printer)

MODULE_PIXELS = 10  # of the pictures; a screen or a sheet of paper needs no more


def _text(media_type: str) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": media_type}


# To who asks for HTML, as browsers do, whatever the form of the ticket.
GIVEN_AWAY = {"schema": _text(HTML), "content_type": HTML, "example": examples.GIVEN_AWAY}


@blueprint.route("/t/<secret:code>")
@access.public
@blueprint.response(200, _text(HTML), content_type=HTML, example=examples.PAGE)
@blueprint.alt_response(410, **GIVEN_AWAY)
@may_raise(TicketNotFound, TicketGivenAway, TooManyRequests)
def page(code: str) -> Response:
    """See a ticket

    A page for phones and for paper: what, when and where, who comes, the QR code, and whether it is valid. In the
    language that `Accept-Language` asks for, else in that of who has booked. Whoever has the address has the ticket,
    until it is given to somebody else: then its new holder has another address, and this one says so to browsers.
    """
    return answers.page(_found(code))


@blueprint.route("/t/<secret:code>.svg")
@access.public
@blueprint.response(200, _text(SVG), content_type=SVG, example=examples.SVG)
@blueprint.alt_response(410, **GIVEN_AWAY)
@may_raise(TicketNotFound, TicketGivenAway, TooManyRequests)
def svg(code: str) -> Response:
    """Download the QR code of a ticket as SVG

    It has the address of the ticket's page, whatever has become of the ticket.
    """
    matrix = qr.matrix_of(_found(code).url)
    return private(qr.svg(matrix, size=qr.side_of(matrix) * MODULE_PIXELS), SVG)


@blueprint.route("/t/<secret:code>.png")
@access.public
@blueprint.response(200, _text(PNG), content_type=PNG, example=examples.PNG)
@blueprint.alt_response(410, **GIVEN_AWAY)
@may_raise(TicketNotFound, TicketGivenAway, TooManyRequests)
def png(code: str) -> Response:
    """Download the QR code of a ticket as PNG

    It has the address of the ticket's page, whatever has become of the ticket.
    """
    return private(qr.png(qr.matrix_of(_found(code).url), MODULE_PIXELS), PNG)


@blueprint.route("/t/<secret:code>.pdf")
@access.public
@blueprint.response(200, _text(PDF), content_type=PDF, example=examples.PDF)
@blueprint.alt_response(410, **GIVEN_AWAY)
@may_raise(TicketNotFound, TicketGivenAway, TooManyRequests, PrintersBusy)
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
    answer = private(printer.render(found, preferred_language(found[0].locale)), PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer
