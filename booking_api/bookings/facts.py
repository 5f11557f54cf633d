"""The facts that bookings publish."""

from typing import TypedDict

from bson import ObjectId

from ..events.facts import OfEvent
from ..jobs.facts import Fact


class OfBooking(TypedDict):
    """The booking that a fact is about."""

    booking_id: ObjectId


BOOKING_CONFIRMED = Fact[OfBooking]("booking.confirmed")
BOOKING_CANCELLED = Fact[OfBooking]("booking.cancelled")
BOOKING_EXPIRED = Fact[OfBooking]("booking.expired")
BOOKING_HELD = Fact[OfBooking]("booking.held")
EVENT_CANCELLED = Fact[OfEvent]("event.cancelled")
EVENT_BOOKINGS_CANCELLED = Fact[OfEvent]("event.bookings_cancelled")  # all those of a cancelled event
