"""What scans and their undoing do to the ledger of an event, several of them in one transaction."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.requests import Cancellation
from booking_api.check_ins.model import Scan, Scanner
from booking_api.check_ins.requests import CheckingIn, Door, UndoingCheckIn
from booking_api.events.rules import EventNotFound

from ..bookings.ledgers import ADA, NOW, PLAIN, ledger_of, stored

NORTH, SOUTH = (Scanner(ObjectId(), None, name) for name in ("North", "South"))
EARLIER = NOW - timedelta(hours=1)


@pytest.fixture
def booking():
    """A booking of two tickets."""
    return stored()


@pytest.fixture
def ledger(booking):
    """The ledger of its event."""
    return ledger_of(PLAIN, booking, tickets_of={ADA: 2})


def scan_of(booking, number=0, by=NORTH, **fields):
    """The scan of a ticket."""
    ticket = booking["tickets"][number]
    made = {
        "subject": str(ticket["_id"]),
        "booking_id": booking["_id"],
        "ticket_id": ticket["_id"],
        "code": ticket["code"],
        "revoked": False,
        "list": None,
        "scanned_at": None,
        "nonce": None,
        "by": by,
    }
    return Scan(**made | fields)


def apply(ledger, *scans):
    """What becomes of scans, by result or the code of the problem."""
    return [each.problem.code if each.problem else each.result for each in ledger.apply(CheckingIn(scans))]


def undo(ledger, booking, number=0, name=None):
    """Take the check-in of a ticket back."""
    return ledger.apply(UndoingCheckIn(booking["_id"], booking["tickets"][number]["_id"], name, ADA))


def holding(ledger):
    """The new scans that hold a ticket."""
    return [row["_id"] for row in ledger.part(Door).new.values() if "holds" in row]


def test_one_of_many_scans_of_a_ticket_is_the_first(ledger, booking):
    results = [apply(ledger, scan_of(booking, by=by)) for by in (NORTH, SOUTH, NORTH, SOUTH)]
    assert results == [["created"], ["conflict"], ["duplicate"], ["conflict"]]
    (held_by,) = holding(ledger)
    (check_in,) = ledger.bookings[booking["_id"]]["tickets"][0]["check_ins"]
    assert check_in["scan_id"] == held_by and check_in["at"] == NOW
    assert len(ledger.part(Door).new) == 4
    assert [each["type"] for each in ledger.stock.changes] == ["ticket.checked_in"]
    assert ledger.stock.increments() == {} and ledger.stock.lists_used == {"main"}


def test_a_file_is_applied_like_single_scans(ledger, booking):
    bad = scan_of(booking, subject="x", booking_id=None, ticket_id=None)
    assert apply(ledger, scan_of(booking), bad, scan_of(booking, 1), scan_of(booking, 1, SOUTH)) == [
        "created",
        "ticket_not_found",
        "created",
        "conflict",
    ]
    assert ledger.bookings[booking["_id"]]["version"] == 3
    assert ledger.changed[booking["_id"]]["version"] == 3


def test_earlier_scans_outdo_those_of_the_same_transaction(ledger, booking):
    apply(ledger, scan_of(booking))
    assert apply(ledger, scan_of(booking, by=SOUTH, scanned_at=EARLIER)) == ["conflict"]
    door, ticket = ledger.part(Door), ledger.bookings[booking["_id"]]["tickets"][0]
    assert door.outdone == [] and holding(ledger) == [ticket["check_ins"][0]["scan_id"]]
    assert ticket["checked_in_at"] == EARLIER
    types = [each["type"].removeprefix("ticket.") for each in ledger.stock.changes]
    assert types == ["checked_in", "check_in_undone", "checked_in"]


def test_earlier_scans_outdo_stored_ones(booking):
    present = {"scan_id": ObjectId(), "list": "main", "at": NOW, "by": SOUTH.user_id, "key_id": None, "device": None}
    booking["tickets"][0] |= {"check_ins": [present], "checked_in_at": NOW}
    ledger = ledger_of(PLAIN, booking)
    assert apply(ledger, scan_of(booking, scanned_at=EARLIER), scan_of(booking, by=SOUTH)) == ["conflict", "conflict"]
    assert ledger.part(Door).outdone == [present["scan_id"]] and len(holding(ledger)) == 1


def test_a_scan_and_its_undo_in_one_transaction_leave_the_ticket_free(ledger, booking):
    apply(ledger, scan_of(booking))
    undo(ledger, booking)
    door = ledger.part(Door)
    (row,) = door.new.values()
    assert holding(ledger) == [] and (row["undone_at"], row["undone_by"]) == (NOW, ADA) and door.undone == {}
    assert apply(ledger, scan_of(booking, by=SOUTH)) == ["created"]
    ticket = ledger.bookings[booking["_id"]]["tickets"][0]
    assert len(ticket["check_ins"]) == 1 and len(holding(ledger)) == 1


def test_an_undo_of_nothing_changes_nothing(ledger, booking):
    assert undo(ledger, booking) == booking
    assert ledger.changed == {} and ledger.stock.changes == [] and ledger.part(Door) == Door()


def test_an_undo_of_another_ticket_or_booking_is_refused(ledger, booking):
    unknown = UndoingCheckIn(booking["_id"], ObjectId(), None, ADA)
    gone = UndoingCheckIn(ObjectId(), booking["tickets"][0]["_id"], None, ADA)
    assert {ledger.apply(unknown).code, ledger.apply(gone).code} == {"ticket_not_found"}


def cancellation(booking, *ids):
    """The request to cancel a booking, or some of its tickets."""
    return Cancellation(booking["_id"], ADA, frozenset(ids)) if ids else Cancellation(booking["_id"], ADA)


@pytest.mark.parametrize("apart", [True, False])
def test_of_a_scan_and_a_cancel_the_first_wins(booking, apart):
    ids = [booking["tickets"][0]["_id"]] if apart else []
    scanned = ledger_of(PLAIN, booking, tickets_of={ADA: 2})
    apply(scanned, scan_of(booking))
    assert scanned.apply(cancellation(booking, *ids)).code == "already_checked_in"
    cancelled = ledger_of(PLAIN, booking, tickets_of={ADA: 2})
    cancelled.apply(cancellation(booking, *ids))
    assert apply(cancelled, scan_of(booking)) == ["ticket_cancelled"]
    assert holding(cancelled) == []


def test_a_code_that_died_after_it_was_found_is_revoked(ledger, booking):
    assert apply(ledger, scan_of(booking, code="of before")) == ["ticket_revoked"]
    assert apply(ledger, scan_of(booking, code=None), scan_of(booking, 1, revoked=True)) == [
        "created",
        "ticket_revoked",
    ]


def test_a_nonce_is_known_within_a_transaction_and_from_before(ledger, booking):
    scan = scan_of(booking, nonce="n1")
    first = ledger.apply(CheckingIn((scan, scan)))
    assert [each.result for each in first] == ["created", "replayed"] and first[0].row == first[1].row
    later = ledger_of(PLAIN, ledger.bookings[booking["_id"]])
    later.part(Door).logged = {"n1": first[0].row}
    assert apply(later, scan, scan_of(booking, 1, nonce="n1")) == ["replayed", "nonce_reused"]
    assert [row["code"] for row in later.part(Door).new.values()] == ["nonce_reused"]
    assert all("nonce" not in row for row in later.part(Door).new.values())


def test_who_comes_is_said_by_the_ticket_or_by_who_booked(booking):
    booking["tickets"][1]["attendee_name"] = "Zoë"
    plain, named = ledger_of(PLAIN, booking).apply(CheckingIn((scan_of(booking), scan_of(booking, 1))))
    assert (plain.name, plain.customer_id) == (None, ADA)
    assert (named.name, named.customer_id) == ("Zoë", None)


def test_a_booking_that_is_gone_and_an_event_that_is_gone(ledger, booking):
    other = stored()
    assert apply(ledger, scan_of(other)) == ["ticket_not_found"]
    assert isinstance(ledger_of(None).apply(CheckingIn((scan_of(booking),))), EventNotFound)


def test_lists_that_were_used_before_are_not_noted_again(booking):
    used = ledger_of(PLAIN | {"used_lists": ["main"]}, booking)
    apply(used, scan_of(booking))
    assert used.stock.lists_used == set()


def test_its_name_in_metrics_says_what_was_asked(booking):
    request = CheckingIn((scan_of(booking), scan_of(booking, booking_id=None)))
    assert list(request.booking_ids()) == [booking["_id"]]
    assert (request.action, request.outcome([])) == ("check_in", "applied")
