"""Several processes of the service on one database, as far as they know events."""

from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.batch import Steps
from booking_api.bookings.service import BookingService
from booking_api.events.stock import Line
from booking_api.http.services import services_of

from ..apps import SETTINGS

SALE = ["insert", "insert", "findAndModify", "insert", "commitTransaction"]
READING_SALE = ["find", *SALE]
GIVEN_UP_SALE = ["insert", "insert", "findAndModify", "abortTransaction"]
REFUSAL = ["find", "commitTransaction"]


class Process:
    """An app, which knows what it has seen itself; all of them have one database."""

    def __init__(self, database, outgoing):
        self.app = create_app(SETTINGS, database=database, sender=outgoing)
        services = services_of(self.app)
        self.bookings, self.steps, self.audit = services[BookingService], services[Steps], services[Audit]

    def book(self, event_id, quantity=1, type_id=None, **options):
        """Book tickets for somebody."""
        given = {"hold": False, "booking_id": ObjectId(), "customer_id": ObjectId()} | options
        return self.bookings.book(given.pop("customer_id"), event_id, [Line(type_id, quantity)], **given)


def commands(sent, act):
    """The names of the commands that it sends, but for who is followed, which is asked every five seconds."""
    sent.seen.clear()
    act()
    return [name for name, what in sent.seen if what != "webhooks"]
