"""Money that comes after the end of a booking which was made with a promo code."""

import pytest

from ..promo.codes import add_code, all_faults, buy, priced_event, uses
from .world import money, seen


@pytest.fixture
def event(organizer):
    """An event that is paid by hand."""
    return priced_event(organizer, payment="manual", payment_due_hours=1)


@pytest.fixture
def late(organizer, customer, event, clock, work):
    """Makes a booking with the code, lets it expire, does something, and records that it was paid."""

    def late(meanwhile=lambda: None):
        booking = buy(customer, event, 1)
        clock.advance(hours=2)
        work()
        assert seen(customer, booking) == ("expired", "none")
        meanwhile()
        path = f"/events/{event['id']}/bookings/{booking['id']}/payments"
        assert organizer.post(path, {"method": "transfer"}).status_code == 201
        return booking

    return late


def test_it_takes_the_code_again_with_the_tickets(app, organizer, customer, event, late):
    code = add_code(organizer, event, max_tickets=1)
    booking = late(lambda: uses(organizer, event, code) == (0, 0))
    assert seen(customer, booking) == ("confirmed", "paid")
    assert uses(organizer, event, code) == (1, 1)
    assert all_faults(app) == []


def test_it_goes_back_if_the_code_was_used_up_meanwhile(app, organizer, as_role, customer, event, late):
    code = add_code(organizer, event, max_tickets=1)
    booking = late(lambda: buy(as_role("customer"), event, 1))
    assert (seen(customer, booking), money(customer, booking)) == (("expired", "paid"), (2250, 2250, 0))
    assert uses(organizer, event, code) == (1, 1)
    assert all_faults(app) == []


def test_it_goes_back_if_the_customer_may_not_use_the_code_again(organizer, customer, event, late):
    code = add_code(organizer, event, max_per_customer=1)
    booking = late(lambda: buy(customer, event, 1))
    assert seen(customer, booking) == ("expired", "paid")
    assert uses(organizer, event, code) == (1, 1)
