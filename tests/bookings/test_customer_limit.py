"""A customer's limit while tickets come back as fast as they go, on the real server."""

from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.batch import Steps
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.rules import CustomerLimit
from booking_api.bookings.sales import Sales
from booking_api.events.stock import Line
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..builders import book, make_event


def test_two_batches_that_free_and_take_tickets_do_not_both_count_one_customer(real_app, database, as_real_role):
    guests = [as_real_role("customer") for _ in range(2)]
    event = make_event(as_real_role("organizer"), max_per_customer=2)
    event_id, ada = ObjectId(event["id"]), ObjectId()
    gone = [(ObjectId(book(guest, event, 2)["id"]), ObjectId(guest.user["id"])) for guest in guests]
    here, there = (services_of(app)[Sales] for app in (real_app, create_app(SETTINGS, database=database)))

    def commit(sales, guest):
        """One guest cancels two tickets and Ada books two, in one transaction."""
        order = Order(ObjectId(), ada, (Line(None, 2),))
        return sales.commit([(event_id, Cancellation(*gone[guest])), (event_id, order)])

    outcomes = []

    class MeetTheOther:
        """Once the first batch has read, the other one is committed."""

        def load(self, _batch):
            """Commit it, once."""
            if not outcomes:
                outcomes.append(commit(there, 1))

    services_of(real_app)[Steps].join(MeetTheOther())
    outcomes.append(commit(here, 0))
    assert [cancelled["status"] for cancelled, _ in outcomes] == ["cancelled"] * 2
    assert outcomes[0][1]["status"] == "confirmed"
    assert isinstance(outcomes[1][1], CustomerLimit)
    held = database["bookings"].find({"customer_id": ada, "status": "confirmed"})
    assert [booking["quantity"] for booking in held] == [2]
    assert database["events"].find_one({})["available_tickets"] == 8
