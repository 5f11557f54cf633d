"""Deleting events: those that were never booked."""

import pytest

from ..asserting import assert_problem
from ..builders import book, make_event


@pytest.mark.parametrize("status", ["draft", "published"])
def test_an_event_that_was_never_booked_can_be_deleted(organizer, status):
    path = f"/events/{make_event(organizer, status=status)['id']}"
    response = organizer.delete(path)
    assert (response.status_code, response.data) == (204, b"")
    assert_problem(organizer.get(path), 404, "event_not_found")


def test_an_event_that_was_ever_booked_is_kept(organizer, as_role):
    customer, event = as_role("customer"), make_event(organizer)
    booking = book(customer, event)
    assert_problem(organizer.delete(f"/events/{event['id']}"), 409, "event_has_bookings")
    customer.post(f"/bookings/{booking['id']}/cancel")
    assert_problem(organizer.delete(f"/events/{event['id']}"), 409, "event_has_bookings")
