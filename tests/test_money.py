"""How many digits an amount of money has."""

import pytest

from booking_api import money


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BYR", 2)])
def test_a_currency_has_its_digits_and_one_that_is_gone_has_two(currency, digits):
    assert money.digits_of(currency) == digits
