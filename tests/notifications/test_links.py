"""Where the mails of a service lead: to the pages of the frontend that its settings name."""

import pytest

from ..apps import mongomock_app, run_jobs
from ..builders import book, make_event

SHOP = "https://shop.example.com"


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock with a shop."""
    return mongomock_app(clock, outgoing, frontend_url=SHOP)


def last(app, outgoing, template):
    """The latest mail of a kind."""
    run_jobs(app)
    return [message for message in outgoing.messages if message.template == template][-1]


def test_mails_about_bookings_and_events_link_to_their_pages(app, organizer, ada, outgoing, clock):
    event = make_event(organizer)
    booking = book(ada, event)
    page, event_page = f"{SHOP}/bookings/{booking['id']}", f"{SHOP}/events/{event['id']}"
    assert page in last(app, outgoing, "confirmation").text.split()
    organizer.patch(f"/events/{event['id']}", {"venue": "Attic"})
    assert event_page in last(app, outgoing, "event_changed").text.split()
    clock.advance(days=516)  # to the evening before
    assert event_page in last(app, outgoing, "reminder").text.split()
    ada.post(f"/bookings/{booking['id']}/cancel")
    assert page in last(app, outgoing, "booking_cancelled").text.split()


def test_a_new_password_is_set_on_the_page_of_the_shop(app, client, ada, outgoing):
    client.post("/auth/password-reset", {"email": ada.user["email"]})
    mail = last(app, outgoing, "password_reset")
    assert f"{SHOP}/reset-password?token={mail.facts['token']}" in mail.text.split()
