"""Who is in at the event of the demo whose door is open.

The scans have nonces, so that running it again finds them; what people did since then stays.
"""

from collections.abc import Iterator
from typing import Any

from bson import ObjectId

from ..auth.tokens import Caller
from ..bookings.service import BookingService
from ..check_ins.service import CheckInService
from ..errors import Problem
from ..http.services import Services
from .demo_data import DOOR_EVENT
from .demo_world import World

ORGANIZER = "amara@demo.example"
# Whose booking, which of its tickets, and the device: the last two are refused.
SCANS = (
    ("carla@demo.example", 0, "Front door"),
    ("carla@demo.example", 1, "Front door"),
    ("dev@demo.example", 0, "Back door"),
    ("dev@demo.example", 0, "Front door"),
    ("femi@demo.example", 0, "Front door"),
)


class Scans:
    """Lets people in, once, however often it is run."""

    def __init__(self, door: CheckInService, bookings: BookingService):
        self._door = door
        self._bookings = bookings

    @classmethod
    def of(cls, services: Services) -> "Scans":
        """Return the scans of an application's demo."""
        return cls(services[CheckInService], services[BookingService])

    def make(self) -> None:
        """Scan the tickets of the bookings that exist."""
        caller = Caller(World.id_of(ORGANIZER), "organizer")
        if scans := list(self._scans()):
            self._door.check_in_all(World.id_of(DOOR_EVENT), caller, scans)

    def _scans(self) -> Iterator[dict[str, Any]]:
        for email, number, device in SCANS:
            ticket_id = self._ticket(email, number)
            if ticket_id is not None:
                nonce = f"demo {email} {number} {device}"
                scan = {"ticket_id": ticket_id, "device": device, "nonce": nonce}
                yield scan | {"list": None, "scanned_at": None}

    def _ticket(self, email: str, number: int) -> ObjectId | None:
        try:
            booking = self._bookings.read(World.id_of(f"{email} {DOOR_EVENT}"), World.id_of(email))
        except Problem:
            return None
        return booking["tickets"][number]["_id"]
