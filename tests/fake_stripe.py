"""The fake of Stripe for tests: answering at a free port, and what is asked of it."""

from contextlib import contextmanager

from booking_api.development.fake_stripe import FakeStripe
from booking_api.payments.providers.port import PaymentOrder
from booking_api.payments.providers.stripe import StripeProvider

KEY = "sk_test_0123456789"


class Inbox:
    """Takes the messages of the fake: bodies with their signatures."""

    def __init__(self):
        self.messages = []
        self.status = 200

    def __call__(self, body, headers):
        self.messages.append((body, headers["Stripe-Signature"]))
        return self.status


@contextmanager
def started(**options):
    """A fake that answers; its messages go to `inbox`, unless `options` say otherwise."""
    inbox = Inbox()
    fake = FakeStripe(**{"send": inbox} | options)
    fake.inbox = inbox
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()


def provider_of(fake, key=KEY, **options):
    """Stripe behind the port, as it is with the fake."""
    return StripeProvider(key, fake.webhook_secret, fake.url, **options)


def order(payment_id="p1", amount=2500, currency="EUR", description="2 tickets"):
    """What is to be paid."""
    return PaymentOrder(payment_id, "b1", "e1", amount, currency, description)
