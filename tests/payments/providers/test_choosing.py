"""Which provider there is: Stripe where a key is set, and its library is loaded nowhere else."""

import subprocess
import sys
from dataclasses import replace

import pytest

from booking_api.payments.providers.choosing import make_provider
from booking_api.payments.providers.manual import Manual
from booking_api.payments.providers.port import PENDING

from ...apps import SETTINGS

KEYS = {"stripe_secret_key": "sk_test_0123456789", "stripe_webhook_secret": "whsec_0123456789abcdef"}


def test_without_a_key_there_is_none():
    assert make_provider(SETTINGS) is None


def test_with_a_key_it_is_stripe_and_shows_no_secret():
    provider = make_provider(replace(SETTINGS, **KEYS))
    assert type(provider).__name__ == "StripeProvider"
    assert not any(secret in repr(provider) for secret in KEYS.values())


@pytest.mark.server
def test_without_a_key_stripes_library_is_not_loaded():
    code = (
        "import sys; from booking_api.config import Settings; from booking_api.payments.providers.choosing import *;"
        "assert make_provider(Settings(jwt_secret_key='x' * 32)) is None; print('stripe' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_refund_of_money_that_was_handed_over_is_still_to_be_made():
    refund = Manual().refund("r1", "p1", 2500, "EUR")
    assert (refund.status, refund.amount, refund.refund_id, refund.payment_id) == (PENDING, 2500, "r1", "p1")
