"""Tickets in `docs/requests.http`: one is seen in each of its forms."""

from ..bookings.walk import BOOKING
from ..openapi.request_file import Step, Walk

CODE = "$.tickets[0].code"

WALK = Walk(
    opening=(
        *(Step(f"tickets_{form}", BOOKING, CODE) for form in ("page", "svg", "png", "pdf")),
        Step("tickets_pdf_of_booking", BOOKING),
    ),
)
