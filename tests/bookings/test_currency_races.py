"""An edit of the currency against the first booking, on the real server: the two never disagree."""

import threading

from ..builders import make_event

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
