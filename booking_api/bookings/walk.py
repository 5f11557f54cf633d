"""Bookings in `docs/requests.http`: three are made, and cancelled at the end."""

from ..events.walk import EVENT, EVENT_WITH_TYPES
from ..openapi.request_file import Step, Walk

# The names of the requests that create these bookings
BOOKING = "bookings_book_quantity"
BOOKING_OF_ITEMS = "bookings_book_items"
HOLD = "bookings_book_hold"

WALK = Walk(
    opening=(
        Step("bookings_book"),
        Step("bookings_confirm", HOLD),
        Step("bookings_resend", BOOKING),
        Step("bookings_resend_of_event", (EVENT, BOOKING)),
        Step("bookings_own"),
        Step("bookings_read", BOOKING),
        Step("bookings_calendar_entry", BOOKING),
        Step("bookings_of_event", EVENT),
        Step("bookings_read_of_event", (EVENT, BOOKING)),
        Step("bookings_name", (BOOKING_OF_ITEMS, f"{BOOKING_OF_ITEMS}.tickets[0]")),
    ),
    closing=(
        Step("bookings_transfer", (BOOKING_OF_ITEMS, f"{BOOKING_OF_ITEMS}.tickets[0]")),
        Step("bookings_cancel", BOOKING),
        Step("bookings_cancel_of_event", (EVENT, HOLD)),
        Step("bookings_cancel_event", EVENT_WITH_TYPES),
    ),
)
