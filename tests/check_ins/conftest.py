"""Fixtures: an event whose door is open, and who stands there."""

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.check_ins.store import ScanStore
from booking_api.http.services import services_of

from ..builders import book
from .doors import Door, key_of, scanner_of


@pytest.fixture
def booking(customer, event):
    """A booking of three tickets."""
    return book(customer, event, 3)


@pytest.fixture
def ticket(booking):
    """The first of its tickets."""
    return booking["tickets"][0]


@pytest.fixture
def door(organizer, event):
    """The organizer at the door."""
    return Door(organizer, event)


@pytest.fixture
def scanner(app, organizer, event):
    """A scanner of the event, who has a customer's account, at the same door."""
    return scanner_of(app, organizer, event)


@pytest.fixture
def gate(app, organizer, event):
    """A device with an API key, at the same door."""
    return key_of(app, organizer, event)[1]


@pytest.fixture
def scans(app):
    """The collection of scans."""
    return services_of(app)[ScanStore].collection


@pytest.fixture
def bookings(app):
    """The collection of bookings."""
    return services_of(app)[BookingStore].collection
