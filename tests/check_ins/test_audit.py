"""The audits of the door on the real server: silent where all is well, a line for each fault where it is not."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.audit import Audit
from booking_api.check_ins.audit import CheckInAudit
from booking_api.clock import now
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..builders import book, make_event
from .doors import Door, scanner_of

UNTOLD = ["its feed does not tell what has become of 1 bookings"]


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def event(organizer):
    """An event of two days."""
    return make_event(organizer, check_in_lists=["Friday", "Saturday"])


@pytest.fixture
def door(organizer, event):
    """Its door."""
    return Door(organizer, event)


@pytest.fixture
def inside(door, booking):
    """The first ticket, in by both lists, and the second, in by the first; the third is not."""
    first, second, _ = booking["tickets"]
    door.scan(first), door.scan(first, list="Saturday"), door.scan(second)
    return first


@pytest.fixture
def bookings(database):
    """The collection of bookings."""
    return database["bookings"]


@pytest.fixture
def scans(database):
    """The collection of scans."""
    return database["scans"]


@pytest.fixture
def found(real_app):
    """Runs the audit of the door: its faults, in their order."""
    return lambda: [fault for faults in services_of(real_app)[CheckInAudit].check() for fault in faults]


@pytest.fixture
def untold(real_app, event):
    """Runs the audit of the feed: the faults of the event, in their order."""
    prefix = f"event {event['id']}: "
    return lambda: [
        fault.removeprefix(prefix) for faults in services_of(real_app)[FeedAudit].check() for fault in faults
    ]


def of_first(inside, *faults):
    """These faults of the first ticket."""
    return [f"ticket {inside['id']}: {fault}" for fault in faults]


def test_a_lively_door_passes(real_app, found, untold, door, organizer, customer, event, booking, inside, as_real_role):
    scanner = scanner_of(real_app, organizer, event)
    third = booking["tickets"][2]
    scanner.scan(inside, scanned_at="2020-01-01T12:00:00Z"), scanner.undo(inside), scanner.scan(inside)
    door.scan("x" * 22), door.scan(third), door.undo(third)
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [third["id"]]})
    door.scan(third)
    door.bulk({"code": third["code"]}, {"code": inside["code"], "nonce": "n1"}, {"code": inside["code"], "nonce": "n1"})
    assert found() == untold() == []
    organizer.post(f"/events/{event['id']}/cancel")
    run_jobs(real_app)
    door.scan(inside)
    assert found() == untold() == []
    assert [fault for faults in services_of(real_app)[Audit].check() for fault in faults] == []


def test_an_undo_after_the_event_was_cancelled_is_no_fault(real_app, found, untold, door, organizer, event, inside):
    organizer.post(f"/events/{event['id']}/cancel")
    run_jobs(real_app)
    assert door.undo(inside).status_code == 204
    assert found() == untold() == []


def test_a_scan_that_holds_no_longer_is_reported(found, scans, inside):
    scans.update_one({"ticket_id": ObjectId(inside["id"]), "list": "Saturday"}, {"$unset": {"holds": ""}})
    assert found() == of_first(inside, "is in 'Saturday' without a scan that holds it")


def test_a_scan_of_another_ticket_or_list_is_reported(found, scans, inside):
    scans.update_one({"ticket_id": ObjectId(inside["id"]), "list": "Saturday"}, {"$set": {"list": "Sunday"}})
    assert found() == of_first(inside, "is in 'Saturday' without a scan that holds it")


def test_a_scan_that_holds_a_ticket_which_is_not_in_is_reported(found, bookings, inside):
    bookings.update_one({}, {"$pop": {"tickets.0.check_ins": 1}})
    assert found() == of_first(inside, "a scan holds it, and it is not in")


def test_a_ticket_that_is_in_twice_is_reported(found, scans, bookings, inside):
    scans.drop_indexes()
    bookings.update_one({}, {"$set": {"tickets.0.check_ins.1.list": "Friday"}})
    scans.update_one({"ticket_id": ObjectId(inside["id"]), "list": "Saturday"}, {"$set": {"list": "Friday"}})
    assert found() == of_first(inside, "is in 'Friday' by several scans", "is in one list twice")


def test_a_ticket_with_a_wrong_time_is_reported(found, bookings, inside):
    for wrong in (None, now() + timedelta(days=1)):
        bookings.update_one({}, {"$set": {"tickets.0.checked_in_at": wrong}})
        assert found() == of_first(inside, "checked_in_at is not the first of its check-ins")


def test_a_ticket_that_says_it_is_in_by_no_list_is_reported(found, bookings, booking, door):
    (ticket, *_) = booking["tickets"]
    bookings.update_one({}, {"$set": {"tickets.0.checked_in_at": now()}})
    assert found() == of_first(ticket, "checked_in_at is not the first of its check-ins")


def test_a_ticket_that_was_let_in_after_its_cancel_is_reported(found, bookings, inside):
    cancelled = {"status": "cancelled", "cancelled_by": "organizer", "cancelled_at": now() - timedelta(hours=1)}
    bookings.update_one({}, {"$set": cancelled})
    assert found()[:2] == of_first(inside, *["was let in after it was cancelled"] * 2)
    bookings.update_one({}, {"$set": {"cancelled_at": now() - timedelta(seconds=5)}})
    assert found() == []  # clocks of two machines


@pytest.mark.parametrize("by", ["customer", "staff"])
def test_a_booking_that_was_cancelled_though_somebody_is_in_is_reported(found, bookings, inside, by):
    bookings.update_one({}, {"$set": {"status": "cancelled", "cancelled_by": by, "cancelled_at": now()}})
    assert found()[:1] == of_first(inside, "is in, and its booking is cancelled")


@pytest.mark.parametrize("status", ["held", "expired"])
def test_somebody_who_is_in_by_a_booking_that_is_not_confirmed_is_reported(found, bookings, inside, status):
    bookings.update_one({}, {"$set": {"status": status}})
    assert found()[:1] == of_first(inside, f"is in, and its booking is {status}")


def test_a_ticket_that_was_cancelled_apart_though_it_is_in_is_reported(found, bookings, inside):
    bookings.update_one({}, {"$set": {"tickets.0.cancelled_at": now()}})
    assert found() == of_first(inside, "is in, and was cancelled apart from its booking")


def test_faults_of_several_events_are_found_in_whatever_batches(found, door, organizer, customer, inside, scans):
    others = [Door(organizer, make_event(organizer)) for _ in range(3)]
    for other in others:
        other.scan(book(customer, other.event)["tickets"][0])
    assert found() == []
    scans.update_many({"list": "main"}, {"$unset": {"holds": ""}})
    assert len(found()) == 3


def test_a_scan_that_the_feed_does_not_tell_of_is_reported(untold, bookings, booking, inside):
    third = {"list": "Friday", "scan_id": ObjectId(), "at": now()}
    bookings.update_one({}, {"$set": {"tickets.2.check_ins": [third]}})
    assert untold() == UNTOLD
    bookings.update_one({}, {"$unset": {"tickets.2.check_ins": ""}})
    assert untold() == []
    bookings.update_one({}, {"$pop": {"tickets.0.check_ins": 1}})
    assert untold() == UNTOLD


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"type": "ticket.check_in_undone"}, "change 5 is of a ticket that was not in"),
        ({"data.ticket.list": "Friday"}, "change 5 is of a ticket that was in already"),
    ],
)
def test_a_feed_that_contradicts_itself_about_tickets_is_reported(untold, database, inside, change, fault):
    changes = database["changes"]
    row = changes.find_one({"changes": {"$elemMatch": {"data.ticket.list": "Saturday"}}})
    fault = fault.replace("5", str(row["first"]))
    changes.update_one({"_id": row["_id"]}, {"$set": {f"changes.0.{name}": value for name, value in change.items()}})
    assert untold() == [fault, *UNTOLD]


def test_the_command_says_what_the_audit_of_the_door_found(real_app, bookings, inside):
    bookings.update_one({}, {"$set": {"tickets.0.checked_in_at": None}})
    with real_app.app_context():
        result = real_app.test_cli_runner().invoke(args=["audit"])
    assert result.exit_code == 1
    assert f"ticket {inside['id']}: checked_in_at is not the first of its check-ins" in result.stdout
