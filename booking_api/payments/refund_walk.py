"""Refunds in `docs/requests.http`."""

from ..bookings.walk import BOOKING_OF_ITEMS
from ..events.walk import EVENT_WITH_TYPES
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("refunds_make", (EVENT_WITH_TYPES, BOOKING_OF_ITEMS)),
        Step("refunds_of_booking", (EVENT_WITH_TYPES, BOOKING_OF_ITEMS)),
    )
)
