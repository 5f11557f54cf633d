"""A receiver that hangs, and a running service: it delays no other receiver and no mail."""

from ..pids import eventually
from ..processes import Service
from .conftest import impatient
from .receiver import HANG, Receiver, make_webhook

SALES = 20
# A busy machine may take longer for the test than a receiver has for its answer, or a run of deliveries.
UNHURRIED = """
from datetime import timedelta
from booking_api.jobs import outbox, runner
from booking_api.webhooks import client, store
outbox.LEASE_SECONDS = runner.LEASE_SECONDS = 600
store.LEASE = timedelta(seconds=600)
client.WebhookClient.__init__.__defaults__ = (600.0, None)
"""
CONFIRMED = "Booking confirmation email sent to"


def test_a_receiver_that_hangs_delays_neither_another_nor_a_mail(uri, var_dir):
    allowed = {"MONGODB_URI": uri, "WEBHOOK_ALLOW_PRIVATE": "true", "command": impatient(UNHURRIED)}
    with Receiver([HANG]) as hanging, Receiver() as other, Service(var_dir, **allowed) as service:
        organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
        for receiver in (hanging, hanging, other):
            make_webhook(organizer, receiver.url)
        fields = {"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 1000}
        event = organizer.post("/events", json=fields).json()
        eventually(lambda: hanging.requests == 2, "both hang")
        for _ in range(SALES):
            assert customer.post("/bookings", json={"event_id": event["id"], "quantity": 1}).status_code == 201
        eventually(lambda: len(other.received) == SALES + 1, "the other is told everything")
        eventually(lambda: service.output().count(CONFIRMED) == SALES, "all mails are sent")
        assert hanging.requests == 2
