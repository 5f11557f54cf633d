"""What is kept after a customer's cancel: it stays so when the event is cancelled later, until it is given back."""

from ..builders import make_event
from .world import PRICED, money, order


def paid_by_hand(organizer, customer, quantity):
    """A paid booking of an event whose customers get nothing back when they cancel, and its path for who runs it."""
    event = make_event(organizer, payment="manual", refund_on_cancel=False, **PRICED)
    booking = order(customer, event, quantity)
    path = f"/events/{event['id']}/bookings/{booking['id']}"
    organizer.post(f"{path}/payments", {"method": "cash"})
    return event, booking, path


def test_a_cancelled_event_owes_what_its_live_tickets_cost_and_nothing_else(organizer, customer):
    event, booking, path = paid_by_hand(organizer, customer, 2)
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [booking["tickets"][0]["id"]]})
    assert money(customer, booking) == (5000, 0, 2500)
    organizer.post(f"/events/{event['id']}/cancel")
    assert money(customer, booking) == (5000, 2500, 2500)
    assert [organizer.post(f"{path}/refunds").json["amount"] for _ in range(2)] == [2500, 2500]
    assert money(customer, booking) == (5000, 0, 0)


def test_what_was_cancelled_as_a_whole_can_be_given_back_after_the_event_was(organizer, customer):
    event, booking, path = paid_by_hand(organizer, customer, 2)
    customer.post(f"/bookings/{booking['id']}/cancel")
    organizer.post(f"/events/{event['id']}/cancel")
    assert money(customer, booking) == (5000, 0, 5000)
    assert organizer.post(f"{path}/refunds", {"amount": 2000}).json["amount"] == 2000
    assert money(customer, booking) == (5000, 0, 3000)
