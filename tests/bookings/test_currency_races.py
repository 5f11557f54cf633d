"""An edit of the currency against the first booking, on the real server: the two never disagree."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.events.store import EventStore

from ..asserting import assert_problem
from ..builders import book, hold, make_event

ROUNDS = 12


def test_a_booking_and_its_event_have_one_currency_whoever_comes_first(real_app, as_real_role):
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    outcomes = []
    for _ in range(ROUNDS):
        event = make_event(organizer, currency="EUR")
        start = threading.Barrier(2)

        def edit(event=event, start=start):
            start.wait()
            outcomes.append(organizer.patch(f"/events/{event['id']}", {"currency": "CHF"}).status_code)

        editing = threading.Thread(target=edit)
        editing.start()
        start.wait()
        booked = customer.post("/bookings", {"event_id": event["id"], "quantity": 1})
        editing.join()
        assert booked.status_code == 201
        shown = customer.get(f"/events/{event['id']}").json["currency"]
        assert booked.json["currency"] == shown
    assert set(outcomes) <= {200, 409}


@pytest.mark.parametrize("take", [book, hold])
def test_a_booking_between_the_look_and_the_edit_keeps_the_currency(real_app, as_real_role, monkeypatch, take):
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    event = make_event(organizer, currency="EUR")
    write, bookings = EventStore.edit, []

    def book_first(self, *args, **options):
        if not bookings:  # the edit has seen an event that was never booked
            with ThreadPoolExecutor(1) as elsewhere:  # a request leaves its time limit to its thread
                bookings.append(elsewhere.submit(take, customer, event).result())
        return write(self, *args, **options)

    monkeypatch.setattr(EventStore, "edit", book_first)
    answer = organizer.patch(f"/events/{event['id']}", {"currency": "CHF"})
    assert_problem(answer, 409, "event_has_bookings")
    assert [booking["currency"] for booking in bookings] == ["EUR"]
    assert customer.get(f"/events/{event['id']}").json["currency"] == "EUR"
