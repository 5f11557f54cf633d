"""The door of the demo: who works there, who comes with which ticket, and the key of its scanners.

Everything is made by the services, like the rest of the demo, and only where it is missing: what people did with it
since then stays.
"""

from bson import ObjectId

from ..api_keys.service import ApiKeyService
from ..bookings.holders import TicketHolders
from ..bookings.model import Booking
from ..bookings.service import BookingService
from ..bookings.transfers import own_tickets
from ..errors import Problem
from ..events.scopes import CHECK_INS, EVENTS_READ
from ..events.staff import EventStaff
from ..events.staff_rules import MOST_STAFF
from ..http.services import Services
from .demo_data import STAFF
from .demo_world import World

EVENT, ORGANIZER = "Jazz night", "olga@demo.example"
KEY = "Scanners at the main door"
# Whose booking, and the names of who comes with its tickets, in their order.
ATTENDEES = (
    ("carla@demo.example", ("Carla Ruiz", "Zoe Novak")),
    ("dev@demo.example", ("Dev Patel", "Asha Patel", "Łukasz Wójcik", "李小龍")),
)
# Whose booking, which of its tickets, and who has it now: somebody without an account.
GIVEN = (("carla@demo.example", 1, "Zoe Novak", "zoe@demo.example"),)


class Door:
    """Makes what the door of the demo's event needs, once, however often it is run."""

    def __init__(self, staff: EventStaff, holders: TicketHolders, bookings: BookingService, keys: ApiKeyService):
        self._staff = staff
        self._holders = holders
        self._bookings = bookings
        self._keys = keys
        self._event_id = World.id_of(EVENT)
        self._organizer_id = World.id_of(ORGANIZER)

    @classmethod
    def of(cls, services: Services) -> "Door":
        """Return the door of an application."""
        return cls(services[EventStaff], services[TicketHolders], services[BookingService], services[ApiKeyService])

    def open(self) -> str | None:
        """Make whatever does not exist yet; return the key of the scanners if it was made now."""
        self._add_staff()
        for email, names in ATTENDEES:
            self._name(email, names)
        for email, number, name, address in GIVEN:
            self._give(email, number, name, address)
        return self._make_key()

    def _add_staff(self) -> None:
        staff = self._staff.of_event(self._event_id, self._organizer_id, MOST_STAFF, None)
        there = {member["user"]["_id"] for member in staff.items}
        for person in STAFF:
            if World.id_of(person["email"]) not in there:
                self._staff.put(self._event_id, self._organizer_id, person["email"], person["works_as"])

    def _name(self, email: str, names: tuple[str, ...]) -> None:
        booking, own = self._of_customer(email)
        for ticket, name in zip(booking["tickets"] if booking else (), names, strict=False):
            if booking and ticket["_id"] in own and ticket.get("attendee_name") is None:
                self._holders.name(booking["_id"], ticket["_id"], booking["customer_id"], {"attendee_name": name})

    def _give(self, email: str, number: int, name: str, address: str) -> None:
        booking, own = self._of_customer(email)
        if booking and booking["tickets"][number]["_id"] in own:
            ids = (booking["_id"], booking["tickets"][number]["_id"], booking["customer_id"])
            try:
                self._holders.transfer(*ids, World.id_of(f"{email} {number} {address}"), name=name, email=address)
            except Problem:  # the event is over, or the ticket was scanned
                return

    def _make_key(self) -> str | None:
        key_id = World.id_of(KEY)
        if any(key["_id"] == key_id for key in self._keys.own(self._organizer_id, 100, None).items):
            return None
        scopes = [EVENTS_READ.name, CHECK_INS.name]
        fields = {"name": KEY, "scopes": scopes, "event_id": self._event_id, "expires_at": None}
        try:
            return self._keys.create(self._organizer_id, fields, key_id)["key"]
        except Problem:  # they have made so many others
            return None

    def _of_customer(self, email: str) -> tuple[Booking | None, set[ObjectId]]:
        """Return somebody's booking of the event, and the ids of the tickets that are still theirs to give."""
        try:
            booking = self._bookings.read(World.id_of(f"{email} {EVENT}"), World.id_of(email))
        except Problem:
            return None, set()
        return booking, {ticket["_id"] for ticket in own_tickets(booking) if booking["status"] == "confirmed"}
