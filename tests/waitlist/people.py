"""What people do with waiting lists, through the API, and what is checked after it."""

from booking_api.bookings.audit import Audit
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of
from booking_api.waitlist.audit import WaitlistAudit


def join(customer, event, quantity=1, **fields):
    """Join the list."""
    response = customer.post(f"/events/{event['id']}/waitlist", {"quantity": quantity, **fields})
    assert response.status_code == 201, response.json
    return response.json


def entry(customer, event):
    """One's latest entry."""
    response = customer.get(f"/events/{event['id']}/waitlist")
    assert response.status_code == 200, response.json
    return response.json


def cancel(customer, booking):
    """Cancel a booking."""
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200


def shown(customer, event):
    """What the event shows of its list."""
    return customer.get(f"/events/{event['id']}").json["waitlist"]


def all_faults(app):
    """What the audits find."""
    services = services_of(app)
    audits = (services[Audit], services[FeedAudit], services[WaitlistAudit])
    return [fault for audit in audits for faults in audit.check() for fault in faults]
