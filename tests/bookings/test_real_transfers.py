"""Tickets given away on the real server: at once, beside cancels, and not too often."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.audit import Audit
from booking_api.bookings.holders import TicketHolders
from booking_api.bookings.service import BookingService
from booking_api.errors import Problem
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import book, make_event, sign_up


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def booking(customer, as_real_role):
    """A booking of two tickets."""
    return book(customer, make_event(as_real_role("organizer")), 2)


@pytest.fixture
def ids(customer, booking):
    """The ids of the booking, of its first ticket and of its customer."""
    return [ObjectId(each) for each in (booking["id"], booking["tickets"][0]["id"], customer.user["id"])]


@pytest.fixture
def processes(real_app, database):
    """The services of two processes on one database."""
    return [services_of(app) for app in (real_app, create_app(SETTINGS, database=database))]


@pytest.fixture
def audits(processes):
    """Checks that the audits find nothing."""
    return lambda: not any(fault for audit in (Audit, FeedAudit) for fault in processes[0][audit].check())


def test_given_to_many_at_once_one_of_them_has_it_and_all_other_codes_are_dead(database, processes, ids, audits):
    def give(number):
        holders = processes[number % 2][TicketHolders]
        holders.transfer(*ids, ObjectId(), name=f"Guest {number}", email=f"guest{number}@example.com")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(give, range(8)))
    ticket, other = database["bookings"].find_one({})["tickets"]
    assert len(ticket["transfers"]) == len(set(ticket["revoked_codes"])) == 8
    assert ticket["attendee_email"] == ticket["transfers"][-1]["email"]
    assert "transfers" not in other
    told = Counter(job["kind"] for job in database["outbox"].find({"payload.transfer_id": {"$exists": True}}))
    assert told == {"notifications.ticket_received": 8, "notifications.ticket_lost": 7}
    assert audits()


def test_a_ticket_is_given_away_or_cancelled_first_and_its_holder_never_left_untold(database, processes, ids, audits):
    booking_id, ticket_id, customer_id = ids
    calls = [
        lambda: processes[0][TicketHolders].transfer(*ids, ObjectId(), name="Zoe", email="zoe@example.com"),
        lambda: processes[1][BookingService].cancel(booking_id, customer_id, frozenset([ticket_id])),
    ]

    def make(call):
        try:
            call()
        except Problem as problem:
            return problem.code
        return None

    with ThreadPoolExecutor(2) as pool:
        given, cancelled = pool.map(make, calls)
    assert cancelled is None and given in (None, "ticket_cancelled")
    ticket = database["bookings"].find_one({})["tickets"][0]
    assert ticket["cancelled_at"] is not None and ("transfers" in ticket) is (given is None)
    lost = database["outbox"].count_documents({"kind": "notifications.ticket_lost"})
    assert lost == (1 if given is None else 0)
    assert audits()


def test_the_audit_of_the_feed_sees_a_transfer_of_what_was_cancelled(database, processes, ids, audits):
    processes[0][TicketHolders].transfer(*ids, ObjectId(), name="Zoe", email="zoe@example.com")
    assert audits()
    database["changes"].update_one({"first": 2}, {"$set": {"changes.0.data.booking.status": "held"}})
    found = [fault for faults in processes[0][FeedAudit].check() for fault in faults]
    assert any(fault.endswith("change 3 is of a ticket of a booking that was held") for fault in found)


def test_ten_times_a_day(database, outgoing):
    app = create_app(replace(SETTINGS, ratelimit_enabled=True), database=database, sender=outgoing)
    customer = sign_up(app, "customer")
    made = book(customer, make_event(sign_up(app, "organizer")), 2)
    paths = [f"/bookings/{made['id']}/tickets/{ticket['id']}/transfer" for ticket in made["tickets"]]
    zoe = {"name": "Zoe", "email": "zoe@example.com"}
    assert {customer.post(paths[number % 2], zoe).status_code for number in range(10)} == {200}
    refused = customer.post(paths[0], zoe)
    assert_problem(refused, 429, "too_many_requests")
    assert 86000 < int(refused.headers["Retry-After"]) <= 86401
    assert len(database["bookings"].find_one({})["tickets"][0]["transfers"]) == 5
