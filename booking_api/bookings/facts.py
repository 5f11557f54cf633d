"""The facts that bookings publish."""

from typing import TypedDict

from bson import ObjectId

from ..events.facts import OfEvent
from ..jobs.facts import Fact


class OfTickets(TypedDict):
    """The booking and those of its tickets that a fact is about."""

    booking_id: ObjectId
    ticket_ids: list[ObjectId]


class OfTransfer(TypedDict):
    """The transfer of a ticket that a fact is about."""

    booking_id: ObjectId
    ticket_id: ObjectId
    transfer_id: ObjectId


class OfBooking(TypedDict):
    """The booking that a fact is about."""

    booking_id: ObjectId


BOOKING_CONFIRMED = Fact[OfBooking]("booking.confirmed")
CONFIRMATION_WANTED = Fact[OfBooking]("booking.confirmation_wanted")  # once more
BOOKING_CANCELLED = Fact[OfBooking]("booking.cancelled")
BOOKING_CANCELLED_BY_STAFF = Fact[OfBooking]("booking.cancelled_by_staff")  # in place of the one before
BOOKING_EXPIRED = Fact[OfBooking]("booking.expired")
BOOKING_HELD = Fact[OfBooking]("booking.held")
PAYMENT_DUE = Fact[OfBooking]("payment.due")  # a booking is held until money was handed over
PAYMENT_OVERDUE = Fact[OfBooking]("payment.overdue")  # the hold is over, and an attempt to pay is open
TICKETS_CANCELLED = Fact[OfTickets]("booking.tickets_cancelled")  # some of a booking that goes on
TICKET_TRANSFERRED = Fact[OfTransfer]("ticket.transferred")
TICKET_LOST = Fact[OfTransfer]("ticket.lost")  # by who had it from that transfer
EVENT_CANCELLED = Fact[OfEvent]("event.cancelled")
EVENT_BOOKINGS_CANCELLED = Fact[OfEvent]("event.bookings_cancelled")  # all those of a cancelled event
