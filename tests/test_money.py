"""How many digits an amount of money has."""

import pytest

from booking_api import money


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (2500, "EUR", "25.00"),
        (0, "EUR", "0.00"),
        (5, "EUR", "0.05"),
        (2500, "JPY", "2500"),
        (0, "KWD", "0.000"),
        (4_999_999_999_999, "EUR", "49999999999.99"),
    ],
)
def test_money_is_written_for_machines_without_signs_or_groups(amount, currency, words):
    assert money.decimal(amount, currency) == words


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BYR", 2)])
def test_a_currency_has_its_digits_and_one_that_is_gone_has_two(currency, digits):
    assert money.digits_of(currency) == digits
