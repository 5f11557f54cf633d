"""The end of holds that were not confirmed in time."""

from ..jobs.model import Job
from . import payment
from .requests import Expiry, Overdue
from .rules import HELD
from .sales import Sales
from .store import BookingStore


class HoldNotOver(Exception):
    """An expiry was too early, because the clocks of two machines differ: the job is to be tried again."""


class HoldExpiry:
    """Puts the tickets of overdue holds back on sale."""

    def __init__(self, bookings: BookingStore, sales: Sales):
        self._bookings = bookings
        self._sales = sales

    def expire(self, job: Job) -> None:
        """Put the tickets of a hold back on sale unless it was confirmed or cancelled in time; the job of each hold.

        Where an attempt to pay is open, another job does that once nobody can pay any more.
        """
        booking_id = job["payload"]["booking_id"]
        booking = self._bookings.load([booking_id]).get(booking_id)
        # A booking that is not held is done with; only a late payment, which has no hold, brings one back. Skipping the
        # transaction avoids delaying other expiries.
        if booking is None or booking["status"] != HELD:
            return
        if payment.attempt_of(booking) is not None:
            if not self._sales.apply(booking["event_id"], Overdue(booking_id)):
                raise HoldNotOver(f"Booking {booking_id} is not overdue: its hold or its payment has just changed.")
            return
        after = self._sales.apply(booking["event_id"], Expiry(booking_id))
        if after["status"] == HELD:
            raise HoldNotOver(f"Booking {booking_id} is held until {after['hold_expires_at']}.")
