"""Bookings whose money is as a test says, and what has become of it, written as `payments` writes it."""

from bson import ObjectId
from pymongo.database import Database

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.payments.store import PaymentStore, RefundStore

from ..apps import run_jobs
from ..builders import book, event_fields
from ..fakes import NoTransactions
from .read_back import money

PRICE = 2500


class Till:
    """Changes the money of bookings in an app's database, and owes mails about it."""

    def __init__(self, app, organizer):
        self.app, self.organizer = app, organizer
        self.database = services_of(app)[Database]

    def event(self, mode, **fields):
        """Publish an event whose tickets cost something; it is of this mode once it was booked."""
        types = [{"name": "Seat", "price": PRICE, "total": 100}]
        sold = event_fields(ticket_types=types, currency="EUR", **fields)
        del sold["total_tickets"]
        response = self.organizer.post("/events", sold)
        assert response.status_code == 201, response.json
        return response.json | {"mode": mode}

    def booking(self, customer, event, quantity=2, status="confirmed", **sums):
        """Book tickets; the booking has this status, and its money these sums."""
        made = book(customer, event, quantity)
        booking_id, event_id = ObjectId(made["id"]), ObjectId(event["id"])
        changes = {"status": status, "payment": money(event["mode"], **sums)}
        if status == "held":
            changes["hold_expires_at"] = services_of(self.app)[Outbox].now().replace(hour=23)
        self.database["bookings"].update_one({"_id": booking_id}, {"$set": changes})
        self.database["events"].update_one({"_id": event_id}, {"$set": {"payment": event["mode"]}})
        return self.database["bookings"].find_one({"_id": booking_id})

    def change(self, booking, **changes):
        """Change a booking."""
        self.database["bookings"].update_one({"_id": booking["_id"]}, {"$set": changes})

    def payment(self, booking, **fields):
        """Store a payment of a booking that has succeeded; return its id."""
        now = services_of(self.app)[Outbox].now()
        payment = _of(booking) | {"status": "succeeded", "open": False, "amount": booking["amount"], "refunded": 0}
        payment |= {"created_at": now, "paid_at": now, "provider_id": "pi_1_secret", "reference": "IBAN 1"} | fields
        PaymentStore(self.database["payments"]).insert([payment], None)
        return payment["_id"]

    def refund(self, booking, payment_id, **fields):
        """Store a refund that has succeeded; return its id."""
        now = services_of(self.app)[Outbox].now()
        refund = _of(booking) | {"payment_id": payment_id, "status": "succeeded", "amount": PRICE, "reason": None}
        refund |= {"created_at": now, "done_at": now, "made_by": None, "provider_id": "re_1"} | fields
        RefundStore(self.database["refunds"]).insert([refund], None)
        return refund["_id"]

    def owe(self, fact, *payloads):
        """Record a fact, with what it is about."""
        outbox = services_of(self.app)[Outbox]
        NoTransactions().run(lambda unit: outbox.record(unit, fact, list(payloads)))

    def run_again(self, *kinds):
        """Run what was done of these kinds a second time, as after a crash before that was noted."""
        outbox = services_of(self.app)[Outbox]
        done = [row["_id"] for row in outbox.collection.find({"kind": {"$in": list(kinds)}, "state": "done"})]
        again = {"state": "pending", "due_at": outbox.now()}
        outbox.collection.update_many({"_id": {"$in": done}}, {"$set": again, "$unset": {"token": 1}})
        services_of(self.app)[JobRunner].run(done)

    def run(self):
        """Run all jobs."""
        run_jobs(self.app)


def _of(booking):
    names = ("event_id", "customer_id", "currency")
    of = {name: booking[name] for name in names} | {"booking_id": booking["_id"], "mode": booking["payment"]["mode"]}
    return of | {"_id": ObjectId()}
