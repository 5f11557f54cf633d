"""Amounts as Stripe counts them: exact both ways, or refused."""

import pytest

from booking_api.events.card_amounts import NOT_BY_CARD, STEPS
from booking_api.money import DIGITS
from booking_api.payments.providers import port
from booking_api.payments.providers.port import ProviderRefused
from booking_api.payments.providers.stripe_amounts import MUST_END_IN_ZERO, NOT_SUPPORTED, from_stripe, to_stripe

ZERO_DECIMAL = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
CURRENCIES = sorted(set(DIGITS) - NOT_SUPPORTED)


def test_every_amount_that_stripe_can_express_comes_back_as_it_was():
    for currency in CURRENCIES:
        for amount in (100, 1000, 123_400, 99_999_900):
            assert from_stripe(to_stripe(amount, currency), currency) == amount, currency


def test_stripe_has_no_decimals_three_or_else_two():
    for currency in CURRENCIES:
        wanted = 1 if currency in ZERO_DECIMAL else 1000 if currency in MUST_END_IN_ZERO else 100
        assert to_stripe(10 ** DIGITS[currency], currency) == wanted, currency


@pytest.mark.parametrize(("amount", "currency"), [(150, "MGA"), (1, "MGA"), (1001, "KWD"), (5, "BHD"), (12_345, "TND")])
def test_an_amount_that_stripe_cannot_express_is_refused(amount, currency):
    with pytest.raises(ProviderRefused) as refusal:
        to_stripe(amount, currency)
    assert refusal.value.reason == port.AMOUNT_NOT_EXPRESSIBLE


@pytest.mark.parametrize("currency", ["IQD", "LYD"])
def test_a_currency_that_stripe_does_not_have_is_refused(currency):
    with pytest.raises(ProviderRefused) as refusal:
        to_stripe(1000, currency)
    assert refusal.value.reason == port.CURRENCY_NOT_SUPPORTED


def test_an_amount_of_stripes_that_we_cannot_express_is_refused_and_not_rounded():
    with pytest.raises(ProviderRefused) as refusal:
        from_stripe(250, "ISK")
    assert refusal.value.reason == port.AMOUNT_NOT_EXPRESSIBLE


def test_events_charge_multiples_of_what_stripe_can_express_and_no_larger_ones():
    assert NOT_BY_CARD == NOT_SUPPORTED
    for currency in CURRENCIES:
        amounts = [amount for amount in range(1, 201) if _is_expressible(amount, currency)]
        assert amounts == [amount for amount in range(1, 201) if not amount % STEPS.get(currency, 1)], currency


def _is_expressible(amount, currency):
    try:
        return bool(to_stripe(amount, currency))
    except ProviderRefused:
        return False
