"""An operator cancels an event in place of its organizer."""

import pytest

from booking_api.bookings import live_bookings
from booking_api.bookings.live_bookings import LiveBookings
from booking_api.bookings.store import BookingStore
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..asserting import available
from ..builders import book, hold, make_event

USAGE = 2


def run(app, *args, typed=None):
    """Run the command: its exit status and what it printed."""
    with app.app_context():  # `flask --app wsgi` pushes it
        result = app.test_cli_runner().invoke(args=["cancel-event", *args], input=typed)
    return result.exit_code, result.output


def test_the_event_is_cancelled_with_its_bookings_and_its_guests_are_told_why(app, as_role, organizer, event, outgoing):
    ada, ben = as_role("customer", email="ada@example.com"), as_role("customer", email="ben@example.com")
    bookings = [(ada, book(ada, event, 2)), (ben, book(ben, event)), (ben, hold(ben, event))]
    run_jobs(app)
    outgoing.messages.clear()
    status, printed = run(app, event["id"], "--yes", "--reason", "The hall is closed.")
    assert status == 0, printed
    assert "'Jazz night' (2031-06-01 20:00 UTC, by Person" in printed
    assert "4 tickets were taken back from its guests" in printed
    assert organizer.get(f"/events/{event['id']}").json["status"] == "cancelled"
    assert available(organizer, event) == 10
    assert {api.get(f"/bookings/{booking['id']}").json["status"] for api, booking in bookings} == {"cancelled"}
    run_jobs(app)
    told = {message.to for message in outgoing.messages}
    assert told == {"ada@example.com", "ben@example.com"}
    assert all("The hall is closed." in message.text for message in outgoing.messages)


def test_a_second_run_changes_nothing_and_tells_nobody_again(app, customer, event, outgoing):
    book(customer, event)
    run(app, event["id"], "--yes")
    run_jobs(app)
    told, stored = len(outgoing.messages), services_of(app)[EventStore].collection.find_one()
    status, printed = run(app, event["id"], "--yes")
    assert status == 0
    assert "was cancelled already" in printed and "0 tickets" in printed
    run_jobs(app)
    assert len(outgoing.messages) == told
    assert services_of(app)[EventStore].collection.find_one() == stored


def test_all_bookings_are_cancelled_and_an_interrupted_run_is_gone_on_with(app, as_role, event, monkeypatch):
    monkeypatch.setattr(live_bookings, "BATCH", 2)
    for _ in range(5):
        book(as_role("customer"), event)
    live = services_of(app)[BookingStore].collection
    whole = LiveBookings.cancel_some

    def interrupted(self, event_id):
        if live.count_documents({"status": "confirmed"}) <= 3:
            raise KeyboardInterrupt
        return whole(self, event_id)

    with monkeypatch.context() as patch:
        patch.setattr(LiveBookings, "cancel_some", interrupted)
        assert run(app, event["id"], "--yes")[0] != 0
    assert live.count_documents({"status": "confirmed"}) == 3
    status, printed = run(app, event["id"], "--yes")
    assert status == 0
    assert "was cancelled already" in printed and "3 tickets" in printed
    assert live.count_documents({"status": "confirmed"}) == 0


def test_a_draft_is_cancelled_too(app, organizer):
    draft = make_event(organizer, status="draft")
    assert run(app, draft["id"], "--yes")[0] == 0
    assert organizer.get(f"/events/{draft['id']}").json["status"] == "cancelled"


def test_it_is_asked_about_with_what_it_costs_unless_told_not_to(app, customer, organizer, event):
    book(customer, event, 3)
    status, printed = run(app, event["id"], typed="n\n")
    assert status == 1
    assert "with 3 tickets sold or held" in printed
    assert organizer.get(f"/events/{event['id']}").json["status"] == "published"
    assert run(app, event["id"], typed="y\n")[0] == 0
    assert organizer.get(f"/events/{event['id']}").json["status"] == "cancelled"


@pytest.mark.parametrize("event_id", ["0" * 24, "nonsense", "\x1b[2J"])
def test_an_event_that_is_not_there_is_one_sentence_and_an_error(app, event_id):
    status, printed = run(app, event_id, "--yes")
    assert status == 1
    assert printed.startswith("Error: ") and len(printed.splitlines()) == 1
    assert printed.strip().isprintable()


def test_a_past_event_stays_as_it_is(app, event, clock):
    clock.advance(days=800)
    status, printed = run(app, event["id"], "--yes")
    assert status == 1
    assert printed.startswith("Error: The event is over")


def test_a_reason_of_no_use_is_refused_as_usage(app, event):
    assert run(app, event["id"], "--yes", "--reason", "x" * 1001)[0] == USAGE
    assert run(app, event["id"], "--yes", "--reason", "\x00")[0] == USAGE


def test_a_title_cannot_change_what_the_terminal_shows(app, organizer):
    event = make_event(organizer, title="Jazz\u202e night")
    assert r"'Jazz\u202e night'" in run(app, event["id"], "--yes")[1]
