"""What the audits say of scans that contradict the bookings."""

import pytest
from bson import ObjectId

from booking_api.bookings.store import BookingStore
from booking_api.check_ins.store import ScanStore
from booking_api.http.services import services_of

from ..builders import book, make_event
from .door import faults, scan


@pytest.fixture
def event(organizer):
    """An event with two lists."""
    return make_event(organizer, check_in_lists=["Friday", "Saturday"])


@pytest.fixture
def ticket(organizer, customer, event):
    """A ticket that is in on Friday."""
    ticket = book(customer, event, 2)["tickets"][0]
    assert scan(organizer, event, ticket["code"]).status_code == 201
    return ticket


@pytest.fixture
def bookings(app):
    """The stored bookings."""
    return services_of(app)[BookingStore].collection


@pytest.fixture
def scans(app):
    """The stored scans."""
    return services_of(app)[ScanStore].collection


def test_what_is_right_has_no_fault(app, ticket):
    assert faults(app) == []


def test_a_ticket_that_is_in_without_a_scan_is_a_fault(app, ticket, scans):
    scans.update_one({}, {"$unset": {"holds": ""}})
    assert [fault.split(": ")[1] for fault in faults(app)] == ["is in 'Friday' without a scan that holds it"]


def test_a_scan_that_holds_a_ticket_which_is_not_in_is_a_fault(app, ticket, bookings):
    bookings.update_one({}, {"$set": {"tickets.0.check_ins": [], "tickets.0.checked_in_at": None}})
    found = faults(app)
    assert any(fault.endswith("a scan holds it, and it is not in") for fault in found)
    assert any("feed does not tell" in fault for fault in found)


def test_a_ticket_that_is_in_a_list_twice_is_a_fault(app, ticket, bookings, scans):
    stored = bookings.find_one({})["tickets"][0]["check_ins"][0]
    copy = scans.find_one({}) | {"_id": ObjectId()}
    scans.insert_one(copy)
    twice = [stored, stored | {"scan_id": copy["_id"]}]
    bookings.update_one({}, {"$set": {"tickets.0.check_ins": twice}})
    said = {fault.split(": ")[1] for fault in faults(app)}
    assert said == {"is in 'Friday' by several scans", "is in one list twice"}


def test_a_ticket_that_was_let_in_after_its_cancel_is_a_fault(app, customer, organizer, event, ticket, bookings, clock):
    organizer.post(f"/events/{event['id']}/cancel")
    assert faults(app) == []
    clock.advance(hours=-1)
    bookings.update_one({}, {"$set": {"cancelled_at": clock()}})
    clock.advance(hours=1)
    assert [fault.split(": ")[1] for fault in faults(app)] == ["was let in after it was cancelled"]


def test_a_cancelled_booking_of_which_somebody_is_in_is_a_fault(app, ticket, bookings, clock):
    bookings.update_one({}, {"$set": {"status": "cancelled", "cancelled_at": clock(), "cancelled_by": "customer"}})
    assert any(fault.endswith("is in, and its booking is cancelled") for fault in faults(app))


def test_a_time_that_is_not_the_first_is_a_fault(app, ticket, bookings, clock):
    clock.advance(hours=1)
    bookings.update_one({}, {"$set": {"tickets.0.checked_in_at": clock()}})
    assert any("checked_in_at is not the first" in fault for fault in faults(app))


def test_the_feed_contradicts_itself_if_a_ticket_comes_in_twice(app, organizer, event, ticket, bookings, scans):
    bookings.update_one({}, {"$set": {"tickets.0.check_ins": [], "tickets.0.checked_in_at": None}})
    scans.update_one({}, {"$unset": {"holds": ""}})
    assert scan(organizer, event, ticket["code"]).status_code == 201
    assert any("is of a ticket that was in already" in fault for fault in faults(app))
