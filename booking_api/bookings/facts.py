"""What bookings publish."""

from typing import TypedDict

from bson import ObjectId

from ..events.facts import OfEvent
from ..jobs.facts import Fact


class OfBooking(TypedDict):
    """Which booking it is about."""

    booking_id: ObjectId


BOOKING_CONFIRMED = Fact[OfBooking]("booking.confirmed")
BOOKING_CANCELLED = Fact[OfBooking]("booking.cancelled")
BOOKING_HELD = Fact[OfBooking]("booking.held")
EVENT_CANCELLED = Fact[OfEvent]("event.cancelled")
EVENT_BOOKINGS_CANCELLED = Fact[OfEvent]("event.bookings_cancelled")  # all that the cancelled event had
