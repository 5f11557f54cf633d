"""What was paid at the event of the demo that takes money by hand: one booking is paid, one waits, one was refunded.

Everything is made by the services, like the rest of the demo, and only where it is missing.
"""

from contextlib import suppress
from typing import Any

from bson import ObjectId

from ..bookings.service import BookingService
from ..errors import Problem
from ..events.stock import Line
from ..http.services import Services
from ..payments.recording import PaymentRecords
from ..payments.refund_service import RefundService
from .demo_world import World

EVENT, ORGANIZER = "Chamber music", "olga@demo.example"
# Customer, ticket type, how many, the code; how it was paid; how much was handed back, and why.
BOOKINGS: tuple[tuple[str, str, int, str | None, dict[str, Any] | None, dict[str, Any] | None], ...] = (
    ("grace@demo.example", "Stalls", 2, "CHAMBER-20", {"method": "transfer", "reference": "Invoice 17"}, None),
    ("hugo@demo.example", "Balcony", 2, None, None, None),
    ("femi@demo.example", "Friends", 3, "FRIENDS", {"method": "cash"}, {"amount": 1500, "reason": "A broken seat."}),
)


class Payments:
    """Makes the bookings of this event with their payments, once, however often it is run."""

    def __init__(self, bookings: BookingService, records: PaymentRecords, refunds: RefundService):
        self._bookings = bookings
        self._records = records
        self._refunds = refunds
        self._event_id = World.id_of(EVENT)
        self._organizer_id = World.id_of(ORGANIZER)

    @classmethod
    def of(cls, services: Services) -> "Payments":
        """Return the payments of an application's demo."""
        return cls(services[BookingService], services[PaymentRecords], services[RefundService])

    def make(self) -> int:
        """Make whatever does not exist yet; return how many of the bookings are there."""
        there = 0
        for email, kind, quantity, code, paid, back in BOOKINGS:
            with suppress(Problem):  # people have changed something, or it is over
                name = f"{email} {EVENT}"
                booking_id = self._book(email, name, kind, quantity, code)
                there += 1
                self._pay(booking_id, name, paid, back)
        return there

    def _book(self, email: str, name: str, kind: str, quantity: int, code: str | None) -> ObjectId:
        line = Line(World.id_of(f"{EVENT} {kind}"), quantity)
        booking = self._bookings.book(
            World.id_of(email),
            self._event_id,
            [line],
            hold=False,
            booking_id=World.id_of(name),
            idempotency_key=name,  # so that an existing booking is found
            code=code,
        )
        return booking["_id"]

    def _pay(self, booking_id: ObjectId, name: str, paid: dict[str, Any] | None, back: dict[str, Any] | None) -> None:
        of_event = (self._event_id, booking_id, self._organizer_id)
        if paid:
            told = {"amount": None, "reference": None} | paid
            self._records.record(*of_event, told, World.id_of(f"{name} is paid"))
        if back:
            self._refunds.refund(*of_event, {"ticket_ids": None} | back, World.id_of(f"{name} is refunded"))
