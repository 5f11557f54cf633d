"""Cancelling a booking as the organizer of its event."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import rules
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.store import BookingStore
from booking_api.bookings.ticket_requests import StaffCancellation
from booking_api.events.rules import EventCancelled, EventPast
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..asserting import assert_problem, available
from ..builders import book, hold, make_event
from ..calendars import entry_of
from .ledgers import ADA, BOB, LATER, NOW, PLAIN, ledger_of, stored


def cancel(organizer, booking, body=None, event_id=None, **options):
    """Cancel a booking for its customer."""
    return organizer.post(f"/events/{event_id or booking['event_id']}/bookings/{booking['id']}/cancel", body, **options)


def test_the_booking_is_cancelled_once_and_its_tickets_are_on_sale(customer, organizer, event):
    booking = book(customer, event, 3)
    answer = cancel(organizer, booking, {"reason": "Booked twice."})
    assert (answer.status_code, answer.json["status"], answer.json["quantity"]) == (200, "cancelled", 3)
    assert answer.json["customer"] == {"name": customer.user["name"], "email": customer.user["email"]}
    assert not {"code", "url"} & answer.json["tickets"][0].keys()
    again = cancel(organizer, booking, {"reason": "Another."})
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, answer.json, answer.headers["ETag"])
    assert available(customer, event) == 10
    assert customer.get(f"/bookings/{booking['id']}").json["status"] == "cancelled"


def test_the_customer_is_told_once_with_the_reason_and_the_calendars_entry(app, customer, organizer, event, outgoing):
    booking = book(customer, event)
    run_jobs(app)
    outgoing.messages.clear()
    for _ in range(2):
        cancel(organizer, booking, {"reason": "Booked twice."})
    run_jobs(app)
    (mail,) = outgoing.messages
    assert mail.to == customer.user["email"] and "Booked twice." in mail.text
    assert entry_of(mail.attachments[0].content)["STATUS"] == "CANCELLED"


def test_guests_whose_booking_was_cancelled_alone_hear_nothing_of_the_events_cancel(
    app, customer, organizer, event, outgoing
):
    cancel(organizer, book(customer, event))
    organizer.post(f"/events/{event['id']}/cancel")
    run_jobs(app)
    assert [mail.line.partition(" sent")[0] for mail in outgoing.messages] == ["Booking cancellation email"]


def test_the_feed_says_that_the_organizer_did_it(app, customer, organizer, event):
    booking = book(customer, event)
    cancel(organizer, booking)
    *_, told = organizer.get(f"/events/{event['id']}/changes").json["items"]
    assert (told["type"], told["data"]["booking"]["status"]) == ("booking.cancelled", "cancelled")
    assert told["data"]["actor"] == {"type": "user", "id": organizer.user["id"]}
    kept = services_of(app)[BookingStore].collection.find_one({})
    assert (kept["cancelled_by"], kept["cancel_reason"]) == ("staff", None)


def test_a_hold_is_cancelled_too_and_does_not_count_against_its_customer(customer, organizer):
    event = make_event(organizer, total_tickets=1)
    for _ in range(4):
        assert cancel(organizer, hold(customer, event)).json["status"] == "cancelled"


def test_other_organizers_and_other_events_bookings_are_refused(as_role, customer, organizer, event):
    booking, elsewhere = book(customer, event), make_event(organizer)
    assert_problem(cancel(as_role("organizer"), booking), 403, "not_your_event")
    assert_problem(cancel(customer, booking), 403, "wrong_role")
    assert_problem(cancel(organizer, booking, event_id=elsewhere["id"]), 404, "booking_not_found")
    assert_problem(cancel(organizer, booking, event_id=ObjectId()), 404, "event_not_found")
    assert_problem(cancel(organizer, booking, {"reason": "x" * 1001}), 422, "validation_failed")
    assert available(customer, event) == 9


def test_a_scanned_ticket_keeps_its_booking(app, customer, organizer, event, clock):
    booking = book(customer, event)
    services_of(app)[BookingStore].collection.update_one({}, {"$set": {"tickets.0.checked_in_at": clock()}})
    assert_problem(cancel(organizer, booking), 409, "already_checked_in")


@pytest.mark.parametrize(
    ("event", "status", "refusal"),
    [
        ({"date": NOW}, "confirmed", EventPast),
        ({"date": NOW, "end_date": NOW}, "confirmed", EventPast),
        ({"status": "cancelled"}, "confirmed", EventCancelled),
        ({}, "expired", rules.HoldExpired),
        ({"_id": ObjectId()}, "confirmed", rules.BookingNotFound),
    ],
)
def test_what_cannot_be_cancelled_stays(event, status, refusal):
    booking = stored(status=status)
    ledger = ledger_of(PLAIN | event, booking)
    assert isinstance(ledger.apply(StaffCancellation(booking["_id"], BOB, None)), refusal)
    assert (ledger.changed, ledger.facts, ledger.stock.changes) == ({}, [], [])


def test_an_organizer_may_cancel_while_the_event_runs_and_after_cancel_until():
    booking = stored()
    running = PLAIN | {"date": NOW - timedelta(hours=1), "end_date": LATER, "cancel_until": NOW - timedelta(days=1)}
    ledger = ledger_of(running, booking)
    assert isinstance(ledger.apply(Cancellation(booking["_id"], ADA)), rules.CancellationClosed)
    assert ledger.apply(StaffCancellation(booking["_id"], BOB, "Full."))["cancel_reason"] == "Full."
    assert ledger.stock.increments() == {"available_tickets": 2}
