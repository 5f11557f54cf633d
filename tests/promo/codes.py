"""Events with prices, codes for them, and orders with codes, through the API."""

from booking_api.bookings.audit import Audit
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of
from booking_api.promo.audit import PromoAudit

from ..builders import event_fields

TYPES = [{"name": "Seat", "price": 2500, "total": 200}, {"name": "Stand", "price": 999, "total": 200}]


def priced_event(organizer, types=TYPES, **fields):
    """An event with ticket types; without others there are 200 seats and as many to stand."""
    body = event_fields(ticket_types=types, **fields)
    del body["total_tickets"]
    made = organizer.post("/events", body)
    assert made.status_code == 201, made.json
    return made.json


def seat(event):
    """The id of the first type."""
    return event["ticket_types"][0]["id"]


def stand(event):
    """The id of the second type."""
    return event["ticket_types"][1]["id"]


def add_code(organizer, event, code="SAVE", kind="percent", value=10, **fields):
    """Make a code."""
    body = {"code": code, "kind": kind, "value": value, **fields}
    made = organizer.post(f"/events/{event['id']}/codes", body)
    assert made.status_code == 201, made.json
    return made.json


def order(event, *quantities, code="SAVE", **fields):
    """The body of an order of so many tickets of each type."""
    types = [each["id"] for each in event["ticket_types"]]
    items = [
        {"ticket_type_id": type_id, "quantity": quantity}
        for type_id, quantity in zip(types, quantities, strict=False)
        if quantity
    ]
    return {"event_id": event["id"], "items": items, "code": code, **fields}


def buy(customer, event, *quantities, code="SAVE", **fields):
    """Book so many tickets of each type with a code."""
    made = customer.post("/bookings", order(event, *quantities, code=code, **fields))
    assert made.status_code == 201, made.json
    return made.json


def uses(organizer, event, code):
    """For how many tickets, and in how many bookings, a code is used."""
    shown = organizer.get(f"/events/{event['id']}/codes/{code['id']}").json
    return shown["used_tickets"], shown["used_bookings"]


def all_faults(app):
    """What the audits find."""
    services = services_of(app)
    audits = (services[Audit], services[FeedAudit], services[PromoAudit])
    return [fault for audit in audits for faults in audit.check() for fault in faults]
