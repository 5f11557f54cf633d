"""Payments in `docs/requests.http`: what was booked of the event with ticket types is paid in cash."""

from ..bookings.walk import BOOKING_OF_ITEMS
from ..events.walk import EVENT_WITH_TYPES
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("payments_record", (EVENT_WITH_TYPES, BOOKING_OF_ITEMS)),
        Step("payments_of_event", (EVENT_WITH_TYPES, BOOKING_OF_ITEMS)),
        Step("payments_pay", BOOKING_OF_ITEMS),  # only where the event's `payment` is `stripe`
        Step("payments_of_booking", BOOKING_OF_ITEMS),
        Step("payments_receive"),  # what Stripe alone can send
    )
)
