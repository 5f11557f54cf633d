"""Cancelling some tickets of a booking, as its customer asks for it."""

import pytest
from bson import ObjectId

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..asserting import assert_problem, available
from ..builders import book, hold
from ..calendars import entry_of


@pytest.fixture
def booking(customer, event):
    """A booking of three tickets."""
    return book(customer, event, 3)


def cancel(customer, booking, *ticket_ids, **options):
    """Ask for these tickets to be cancelled."""
    return customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": list(ticket_ids)}, **options)


def test_only_the_named_tickets_are_cancelled(customer, event, booking):
    gone, *kept = booking["tickets"]
    answer = cancel(customer, booking, gone["id"])
    assert answer.status_code == 200
    changes = {"quantity": 2, "tickets": [gone | {"status": "cancelled"}, *kept]}
    assert answer.json == booking | changes | {"items": [booking["items"][0] | {"quantity": 2}]}
    assert available(customer, event) == 9 - 1
    again = cancel(customer, booking, gone["id"])
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, answer.json, answer.headers["ETag"])
    read = customer.get(f"/bookings/{booking['id']}")
    assert (read.json, read.headers["ETag"]) == (answer.json, answer.headers["ETag"])
    assert available(customer, event) == 8


def test_all_tickets_one_after_the_other_cancel_the_booking(customer, event, booking):
    for ticket in booking["tickets"]:
        answer = cancel(customer, booking, ticket["id"])
    assert (answer.json["status"], answer.json["quantity"]) == ("cancelled", 1)
    assert {ticket["status"] for ticket in answer.json["tickets"]} == {"cancelled"}
    assert available(customer, event) == 10


@pytest.mark.parametrize("body", [None, {}])
def test_without_tickets_the_whole_booking_is_cancelled(customer, booking, body):
    assert customer.post(f"/bookings/{booking['id']}/cancel", body).json["status"] == "cancelled"


@pytest.mark.parametrize(
    "wrong",
    [None, [], ["x"], [1], "x", [str(ObjectId())], [str(ObjectId()) for _ in range(101)], {"a": 1}],
)
def test_whatever_is_no_list_of_the_bookings_tickets_is_refused(customer, event, booking, wrong):
    answer = customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": wrong})
    problem = assert_problem(answer, 422, "validation_failed")
    assert all(field.startswith("ticket_ids") for field in problem["errors"])
    assert available(customer, event) == 7


def test_a_ticket_named_twice_and_one_of_another_booking_are_refused(customer, event, booking):
    first, other = booking["tickets"][0]["id"], book(customer, event)["tickets"][0]["id"]
    for ids in ([first, first], [first, other]):
        assert list(assert_problem(cancel(customer, booking, *ids), 422, "validation_failed")["errors"]) == [
            "ticket_ids"
        ]


def test_a_hold_cannot_be_cancelled_in_part(customer, event):
    held = hold(customer, event, 2)
    assert_problem(cancel(customer, held, held["tickets"][0]["id"]), 409, "booking_held")
    assert cancel(customer, held, *(ticket["id"] for ticket in held["tickets"])).json["status"] == "cancelled"


def test_a_ticket_that_was_scanned_cannot_be_cancelled(app, customer, event, booking, clock):
    first, second, _ = (ticket["id"] for ticket in booking["tickets"])
    stored = services_of(app)[BookingStore].collection
    stored.update_one({}, {"$set": {"tickets.0.checked_in_at": clock()}})
    for answer in (cancel(customer, booking, first, second), customer.post(f"/bookings/{booking['id']}/cancel")):
        assert assert_problem(answer, 409, "already_checked_in")["checked_in_at"] == "2030-01-01T12:00:00Z"
    assert cancel(customer, booking, second).json["quantity"] == 2


def test_a_key_replays_the_answer(customer, event, booking):
    first, second, _ = (ticket["id"] for ticket in booking["tickets"])
    key = {"headers": {"Idempotency-Key": "once"}}
    answer = cancel(customer, booking, first, **key)
    cancel(customer, booking, second)
    again = cancel(customer, booking, first, **key)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (answer.data, "true")
    assert_problem(cancel(customer, booking, second, **key), 422, "idempotency_key_reused")


def test_the_receipt_says_what_is_gone_and_has_a_later_calendar_entry(app, customer, booking, outgoing):
    run_jobs(app)
    outgoing.messages.clear()
    before = entry_of(customer.get(f"/bookings/{booking['id']}/calendar.ics").data)
    cancel(customer, booking, booking["tickets"][0]["id"])
    run_jobs(app)
    (mail,) = outgoing.messages
    assert mail.line == f"Booking cancellation email sent to {customer.user['email']}"
    assert "1 × Ticket" in mail.text and "2 × Ticket" in mail.text
    entry = entry_of(mail.attachments[0].content)
    assert int(entry["SEQUENCE"]) > int(before["SEQUENCE"])
    assert entry["STATUS"] == "CONFIRMED"


def test_whoever_cancels_the_rest_at_once_gets_the_receipt_of_the_whole_alone(app, customer, booking, outgoing):
    run_jobs(app)
    outgoing.messages.clear()
    cancel(customer, booking, booking["tickets"][0]["id"])
    customer.post(f"/bookings/{booking['id']}/cancel")
    run_jobs(app)
    (mail,) = outgoing.messages
    assert "you have cancelled your booking" in mail.text


def test_the_feed_tells_what_is_left_and_names_the_tickets(customer, organizer, event, booking):
    gone = booking["tickets"][0]["id"]
    cancel(customer, booking, gone)
    *_, told = organizer.get(f"/events/{event['id']}/changes").json["items"]
    assert told["type"] == "booking.cancelled"
    assert told["data"]["cancelled_ticket_ids"] == [gone]
    assert told["data"]["actor"] == {"type": "user", "id": customer.user["id"]}
    shown = told["data"]["booking"]
    assert (shown["id"], shown["status"], shown["quantity"]) == (booking["id"], "confirmed", 2)


def test_lists_of_attendees_have_the_ticket_as_cancelled(customer, organizer, event, booking):
    cancel(customer, booking, booking["tickets"][0]["id"])
    for status, count in (("cancelled", 1), ("valid", 2)):
        csv = organizer.get(f"/events/{event['id']}/attendees.csv", query_string={"status": status}).text
        assert csv.count(f",{status},") == len(csv.splitlines()) - 1 == count
