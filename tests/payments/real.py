"""Apps on a real MongoDB that take cards with the fake of Stripe, and whose time moves only when told to."""

from contextlib import contextmanager
from dataclasses import replace

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.payments.store import PaymentStore
from booking_api.storage.indexes import Stores
from booking_api.waitlist.audit import WaitlistAudit

from ..apps import SETTINGS
from ..builders import log_in_again, make_event, sign_up
from ..fake_stripe import KEY, started
from .world import PRICED, order, pay, seen


@contextmanager
def running(database, outgoing, clock, processes=1):
    """A world with so many apps on one database, as several processes are; the fake's messages go to the first."""
    with started() as fake:
        chosen = replace(
            SETTINGS,
            stripe_secret_key=KEY,
            stripe_webhook_secret=fake.webhook_secret,
            stripe_api_url=fake.url,
        )
        apps = [create_app(chosen, database=database, sender=outgoing, clock=clock) for _ in range(processes)]
        services_of(apps[0])[Stores].ensure_indexes()
        client = apps[0].test_client()

        def post(body, headers):
            return client.post("/api/v1/payments/stripe/webhook", data=body, headers=dict(headers)).status_code

        fake.deliveries.send = post
        yield World(apps, fake)
        for app in apps:
            services_of(app)[JobRunner].stop()


class World:
    """An event that is paid by card, its organizer, a customer, and the fake of Stripe."""

    def __init__(self, apps, fake):
        self.apps, self.app, self.fake = apps, apps[0], fake
        self.organizer, self.customer = sign_up(self.app, "organizer"), sign_up(self.app, "customer")
        self.event = make_event(self.organizer, payment="stripe", **PRICED)

    def log_in_again(self):
        """New tokens, after more time than they live."""
        self.customer, self.organizer = log_in_again(self.customer), log_in_again(self.organizer)

    def order(self, quantity=2, event=None, customer=None):
        """A hold."""
        return order(customer or self.customer, event or self.event, quantity)

    def opened(self, quantity=2):
        """A hold with an open attempt, and the provider's id of it."""
        booking = self.order(quantity)
        attempt = pay(self.customer, booking)
        assert attempt.status_code == 201, attempt.json
        return booking, attempt.json["client_secret"].partition("_secret")[0]

    def seen(self, booking):
        """The status of a booking, and that of its money."""
        return seen(self.customer, booking)

    def money(self, booking):
        """What was paid of a booking, and what of that has gone back or will."""
        shown = self.customer.get(f"/bookings/{booking['id']}").json["payment"]
        return shown["paid"], shown["owed"] + shown["refunded"]

    def payments(self, **conditions):
        """Payments as they are stored."""
        return list(services_of(self.app)[PaymentStore].collection.find(conditions))

    def messages_arrive(self):
        """Wait until the fake's messages have been answered."""
        assert self.fake.deliveries.wait_until_sent()

    def assert_right(self):
        """The books add up."""
        services = services_of(self.app)
        audits = [services[each] for each in (Audit, FeedAudit, WaitlistAudit)]
        assert [fault for audit in audits for found in audit.check() for fault in found] == []
