"""Having a confirmation sent again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.resending import Resending
from booking_api.bookings.store import BookingStore
from booking_api.bookings.ticket_rules import TooManyResends
from booking_api.http.services import services_of

from ..apps import SETTINGS, run_jobs
from ..asserting import assert_problem
from ..builders import book, hold, make_event

CONFIRM = "notifications.confirm_booking"


@pytest.fixture
def booking(app, customer, event, outgoing):
    """A booking of two tickets whose confirmation has gone out."""
    made = book(customer, event, 2)
    run_jobs(app)
    outgoing.messages.clear()
    return made


def paths(booking):
    """Where the customer asks for it, and where the organizer does."""
    own = f"/bookings/{booking['id']}"
    return f"{own}/resend", f"/events/{booking['event_id']}{own}/resend"


def test_the_confirmation_goes_out_again_to_the_customer(app, customer, organizer, booking, outgoing, clock):
    own, of_event = paths(booking)
    for caller, path in ((customer, own), (organizer, of_event)):
        clock.advance(seconds=5)
        answer = caller.post(path)
        assert (answer.status_code, answer.json) == (202, {})
        read = customer.get(f"/bookings/{booking['id']}").json
        assert read["confirmation"] == {"status": "pending", "sent_at": None}
        run_jobs(app)
        read = customer.get(f"/bookings/{booking['id']}").json
        assert read["confirmation"]["status"] == "sent"
    assert [mail.to for mail in outgoing.messages] == [customer.user["email"]] * 2
    assert all(ticket["code"] in outgoing.messages[1].text for ticket in booking["tickets"])
    assert len({mail.message_id for mail in outgoing.messages}) == 2


def test_five_times_a_day_whoever_asks(app, customer, organizer, booking, clock, outgoing):
    own, of_event = paths(booking)
    for turn in range(5):
        clock.advance(hours=1)
        assert (organizer.post(of_event) if turn % 2 else customer.post(own)).status_code == 202
    clock.advance(hours=1)
    for caller, path in ((customer, own), (organizer, of_event)):
        refused = caller.post(path)
        assert_problem(refused, 429, "too_many_resends")
        assert refused.headers["Retry-After"] == str(19 * 3600 + 1)
    clock.advance(hours=19)
    assert customer.post(own).status_code == 202
    assert_problem(customer.post(own), 429, "too_many_resends")
    run_jobs(app)
    assert len(outgoing.messages) == 6


def test_a_request_that_is_sent_again_with_its_key_counts_once(app, customer, booking, outgoing):
    for _ in range(3):
        answer = customer.post(paths(booking)[0], headers={"Idempotency-Key": "once"})
        assert answer.status_code == 202
    run_jobs(app)
    assert len(outgoing.messages) == 1


def test_an_attempt_whose_answer_was_lost_is_not_made_twice(app, customer, booking):
    resending, request_id = services_of(app)[Resending], ObjectId()
    for _ in range(3):
        resending.for_customer(ObjectId(booking["id"]), ObjectId(customer.user["id"]), request_id)
    assert len(services_of(app)[BookingStore].collection.find_one({})["resends"]) == 1


@pytest.mark.parametrize(
    ("status", "code"), [("held", "booking_held"), ("cancelled", "booking_cancelled"), ("expired", "hold_expired")]
)
def test_only_confirmed_bookings_have_a_confirmation(app, customer, organizer, event, status, code):
    held = hold(customer, event)
    services_of(app)[BookingStore].collection.update_one({}, {"$set": {"status": status}})
    for caller, path in zip((customer, organizer), paths(held), strict=True):
        assert_problem(caller.post(path), 409, code)


def test_nobody_else_can_ask_for_it(as_role, customer, organizer, booking):
    own, of_event = paths(booking)
    elsewhere = make_event(organizer)["id"]
    assert_problem(as_role("customer").post(own), 404, "booking_not_found")
    assert_problem(as_role("organizer").post(of_event), 403, "not_your_event")
    assert_problem(customer.post(of_event), 403, "wrong_role")
    assert_problem(organizer.post(of_event.replace(booking["event_id"], elsewhere)), 404, "booking_not_found")


def test_at_once_from_two_processes_it_goes_out_five_times(real_app, as_real_role, database):
    customer = as_real_role("customer")
    made = book(customer, make_event(as_real_role("organizer")))
    apps = [real_app, create_app(SETTINGS, database=database)]
    begun = database["outbox"].count_documents({"kind": CONFIRM})

    def ask(number):
        resending = services_of(apps[number % 2])[Resending]
        try:
            resending.for_customer(ObjectId(made["id"]), ObjectId(customer.user["id"]), ObjectId())
        except TooManyResends:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(12) as pool:
        assert Counter(pool.map(ask, range(12))) == {"sent": 5, "refused": 7}
    assert database["outbox"].count_documents({"kind": CONFIRM}) - begun == 5
