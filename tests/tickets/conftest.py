"""Fixtures: an app that knows where people reach it, and tickets in every state."""

from datetime import UTC, datetime

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..apps import mongomock_app
from ..builders import book, hold, make_event

PUBLIC = "https://tickets.example.com"


@pytest.fixture
def app(clock, outgoing):
    """An app that knows where people reach it."""
    return mongomock_app(clock, outgoing, public_url=PUBLIC)


@pytest.fixture
def see(client):
    """Asks for a ticket, in one of its forms, as somebody who has its code and no account."""

    def ask(ticket, form="", **options):
        return client.seen("GET", f"/t/{ticket['code']}{form}", **options)

    return ask


@pytest.fixture
def change(app):
    """Changes the document of a ticket as other parts of the service do."""

    def write(ticket, **fields):
        changes = {f"tickets.$.{name}": value for name, value in fields.items()}
        bookings = services_of(app)[BookingStore].collection
        assert bookings.update_one({"tickets.code": ticket["code"]}, {"$set": changes}).matched_count == 1

    return write


@pytest.fixture
def evening(organizer):
    """An event with all that a ticket shows."""
    return make_event(
        organizer,
        title="Jazz night",
        venue="Stadthalle, Wien",
        timezone="Europe/Vienna",
        date="2031-06-01T18:00:00Z",
        end_date="2031-06-01T21:00:00Z",
        total_tickets=200,
        max_per_booking=100,
    )


@pytest.fixture
def ticket(customer, evening):
    """A valid ticket."""
    return book(customer, evening)["tickets"][0]


@pytest.fixture
def in_state(customer, evening, change):
    """Makes a ticket that is `valid`, `held`, `cancelled` or `used`."""

    def make(state):
        booking = hold(customer, evening) if state == "held" else book(customer, evening)
        if state == "cancelled":
            assert customer.post(f"/bookings/{booking['id']}/cancel", {}).status_code == 200
        if state == "used":
            at = datetime(2031, 6, 1, 17, 40, tzinfo=UTC)
            change(booking["tickets"][0], checked_in_at=at, check_ins=[{"list": "main", "at": at}])
        return booking["tickets"][0]

    return make
