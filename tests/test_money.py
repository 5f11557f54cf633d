"""Amounts as people read them."""

import pytest

from booking_api import money


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (2500, "EUR", "EUR 25.00"),
        (5, "EUR", "EUR 0.05"),
        (2500, "JPY", "JPY 2,500"),
        (2500, "KRW", "KRW 2,500"),
        (2500, "KWD", "KWD 2.500"),
        (123456789, "USD", "USD 1,234,567.89"),
        (4_999_999_999_999, "EUR", "EUR 49,999,999,999.99"),
    ],
)
def test_money_is_written_in_its_currency(amount, currency, words):
    assert money.written(amount, currency) == words


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
