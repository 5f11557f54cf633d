"""Bookings that were paid for, and their payments: as values for the ledger, and put into the database of an app."""

from datetime import timedelta

from bson import ObjectId

from booking_api.bookings import pricing
from booking_api.bookings.audit import Audit
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.new_booking import new_booking
from booking_api.bookings.store import BookingStore
from booking_api.events.stock import Line
from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.payments.money_audit import PaymentAudit
from booking_api.payments.store import PaymentStore, RefundStore

from ..bookings.ledgers import NOW, TYPED, stored

MANUAL = TYPED | {"payment": "manual", "payment_due_hours": 72, "date": NOW + timedelta(days=30)}
CARD = MANUAL | {"payment": "stripe"}
TYPES = [{"name": "Seat", "price": 2500, "total": 3000}, {"name": "Free", "price": 0, "total": 10}]


def paid(event=CARD, lines=None, **fields):
    """A confirmed booking for which all was paid; `fields` are others of its own."""
    booking = stored(event, lines=lines or [Line(event["ticket_types"][0]["_id"], 2)])
    return booking | {"payment": booking["payment"] | {"paid": booking["amount"]}} | fields


def payment_of(booking, amount=None, **fields):
    """A payment of a booking that has succeeded."""
    made = {
        "_id": ObjectId(),
        "booking_id": booking["_id"],
        "event_id": booking["event_id"],
        "customer_id": booking["customer_id"],
        "mode": booking["payment"]["mode"],
        "status": "succeeded",
        "open": False,
        "amount": booking["amount"] if amount is None else amount,
        "currency": booking["currency"],
        "refunded": 0,
        "created_at": NOW,
        "paid_at": NOW,
    }
    return made | fields


def put(app, event_id, quantity=2, customer_id=None, provider_id=None, bookings=1):
    """Put paid bookings of the first type of an event into the database; returns them."""
    services = services_of(app)
    events = services[EventStore].collection
    event = events.find_one({"_id": ObjectId(event_id)})
    made = []
    for _ in range(bookings):
        items = pricing.price([Line(event["ticket_types"][0]["_id"], quantity)], event)
        ids = {"booking_id": ObjectId(), "customer_id": customer_id or ObjectId()}
        booking = new_booking(event, items, draw_keys(quantity), NOW, **ids, hold_seconds=None)
        booking["payment"]["paid"] = booking["amount"]
        made.append(booking)
    taken = {"available_tickets": -quantity * bookings, "ticket_types.0.available": -quantity * bookings}
    if "shown_available" in event:
        taken["shown_available"] = -quantity * bookings
    events.update_one({"_id": event["_id"]}, {"$inc": taken, "$set": {"ever_booked": True}})
    services[BookingStore].collection.insert_many(made)
    name = {} if provider_id is None else {"provider_id": provider_id}
    services[PaymentStore].collection.insert_many([payment_of(each, **name) for each in made])
    return made


def money_of(app, booking):
    """What a booking costs now and where its money is: amount, paid, refunded, owed, retained."""
    found = services_of(app)[BookingStore].collection.find_one({"_id": booking["_id"]})
    return found["amount"], *(found["payment"][name] for name in ("paid", "refunded", "owed", "retained"))


def refunds_of(app, booking):
    """The refunds of a booking, the oldest first."""
    return services_of(app)[RefundStore].of_bookings([booking["_id"]])


def audited(app):
    """The faults of stock and money."""
    services = services_of(app)
    return [fault for audit in (Audit, PaymentAudit) for found in services[audit].check() for fault in found]
