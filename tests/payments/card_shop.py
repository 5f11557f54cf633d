"""An app on the real server that takes cards of the fake of Stripe, with an event whose bookings were paid by them."""

from contextlib import contextmanager
from dataclasses import replace

import stripe

from booking_api import create_app
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner

from ..apps import SETTINGS, cache_nothing
from ..builders import event_fields, sign_up
from ..fake_stripe import KEY, order, provider_of, started
from . import money


class Shop:
    """The app, its organizer and event, and the fake."""

    def __init__(self, database, outgoing, fake):
        self.database, self.outgoing, self.fake, self.provider = database, outgoing, fake, provider_of(fake)
        self.app = self.process()
        self.organizer = sign_up(self.app, "organizer")
        body = event_fields(ticket_types=money.TYPES, payment="stripe", currency="EUR")
        body.pop("total_tickets")
        answer = self.organizer.post("/events", body)
        assert answer.status_code == 201, answer.json
        self.event = answer.json

    def process(self):
        """Another process of the service on the same database."""
        settings = replace(SETTINGS, stripe_secret_key=KEY)
        app = create_app(settings, database=self.database, sender=self.outgoing, provider=self.provider, clock=now)
        cache_nothing(app)
        return app

    def paid(self, card="pm_card_visa", quantity=2):
        """A booking that was paid by a card."""
        intent = self.provider.open(order(f"p{len(self.fake.intents.all())}", quantity * 2500))
        self.fake.pay(intent.id, card)
        (booking,) = money.put(self.app, self.event["id"], quantity, provider_id=intent.id)
        return booking

    def path(self, booking):
        """Where the refunds of a booking are."""
        return f"/events/{self.event['id']}/bookings/{booking['_id']}/refunds"

    def refund(self, booking, **body):
        """Refund a booking, or a part of it."""
        answer = self.organizer.post(self.path(booking), body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def run(self, *, app=None, due=True):
        """Run the jobs of refunds once, as if they were due."""
        services = services_of(app or self.app)
        jobs = services[Outbox].collection
        pending = {"kind": "payments.refund", "state": "pending"}
        if due:
            jobs.update_many(pending, {"$set": {"due_at": now()}})
        services[JobRunner].run([job["_id"] for job in jobs.find(pending)])
        return sorted((job["state"], job["attempts"]) for job in jobs.find({"kind": "payments.refund"}))

    def given_back(self):
        """What the fake has given back, by refund."""
        return [each["amount"] for each in self.fake.refunds.list({"limit": "100"})["data"]]

    def status(self, booking):
        """The refunds of a booking by status and amount, and where its money is."""
        refunds = [(each["status"], each["amount"]) for each in money.refunds_of(self.app, booking)]
        return refunds, money.money_of(self.app, booking)


@contextmanager
def opened(database, outgoing, monkeypatch):
    """A shop with a fake of its own."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    with started() as fake:
        yield Shop(database, outgoing, fake)
