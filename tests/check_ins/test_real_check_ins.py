"""Scans on the real server, at three machines at once: a ticket is in once, whatever runs beside its scan."""

import itertools
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.attendance import EventBookings
from booking_api.bookings.cancellation import EventCancellation
from booking_api.bookings.holders import TicketHolders
from booking_api.bookings.service import BookingService
from booking_api.check_ins.service import AT_ONCE
from booking_api.clock import now

from ..builders import book, make_event
from .real_doors import Gates, all_at_once, said, scan_of

SCANS = 50
ROUNDS = 5  # of each race, in which either side may win


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def event(organizer):
    """An event with room for everybody."""
    return make_event(organizer, total_tickets=500, max_per_booking=100)


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def gates(real_app, database, organizer, event):
    """The door of the event at three machines."""
    return Gates(real_app, database, organizer, event)


@pytest.fixture
def booked(customer, event, gates):
    """Books tickets, and returns them as they are stored."""

    def make(quantity=1):
        booking_id = ObjectId(book(customer, event, quantity)["id"])
        return gates.database["bookings"].find_one({"_id": booking_id})

    return make


def test_of_fifty_scans_of_a_ticket_at_once_one_is_let_in(gates, booked):
    (ticket,) = booked()["tickets"]
    heard = Counter(all_at_once(*[lambda at=at: gates.scan(at, ticket=ticket, device=f"{at}") for at in range(SCANS)]))
    assert heard == {"created": 1, "already_checked_in": SCANS - 1}
    assert Counter(row["outcome"] for row in gates.log()) == {"created": 1, "conflict": SCANS - 1}
    assert [row["_id"] for row in gates.log(holds=True)] == [gates.ticket(ticket)["check_ins"][0]["scan_id"]]
    assert gates.faults() == []


def test_a_nonce_that_is_sent_many_times_at_once_is_one_scan(gates, booked):
    (ticket,) = booked()["tickets"]
    calls = [lambda at=at: gates.scan(at, ticket=ticket, nonce="once") for at in range(20)]
    assert Counter(all_at_once(*calls)) == {"created": 1, "replayed": 19}
    assert len(gates.log()) == 1
    assert gates.faults() == []


def test_a_refused_scan_under_a_nonce_is_logged_once_however_often_it_is_sent(gates):
    calls = [lambda at=at: gates.scan(at, code="no-ticket", nonce="once") for at in range(12)]
    assert Counter(all_at_once(*calls)) == {"ticket_not_found": 12}
    assert len(gates.log()) == 1


def test_of_two_tickets_under_one_nonce_at_once_one_is_let_in(gates, booked):
    tickets = booked(2)["tickets"]
    calls = [lambda at=at: gates.scan(at, ticket=tickets[at % 2], nonce="twice") for at in range(12)]
    heard = Counter(all_at_once(*calls))
    assert (heard["created"], heard["replayed"], heard["nonce_reused"]) == (1, 5, 6)
    assert len(gates.log(holds=True)) == 1
    assert gates.faults() == []


def customer_cancels(gates, booking):
    gates.service(1, BookingService).cancel(booking["_id"], booking["customer_id"])


def customer_cancels_the_ticket(gates, booking):
    part = frozenset([booking["tickets"][0]["_id"]])
    gates.service(1, BookingService).cancel(booking["_id"], booking["customer_id"], part)


def organizer_cancels(gates, booking):
    gates.service(1, EventBookings).cancel(gates.event_id, booking["_id"], gates.organizer_id, None)


def customer_gives_it_away(gates, booking):
    ids = (booking["_id"], booking["tickets"][0]["_id"], booking["customer_id"])
    gates.service(1, TicketHolders).transfer(*ids, ObjectId(), name="Zoe", email="zoe@example.com")


@pytest.mark.parametrize(
    ("end", "refusal"),
    [
        (customer_cancels, "ticket_cancelled"),
        (customer_cancels_the_ticket, "ticket_cancelled"),
        (organizer_cancels, "ticket_cancelled"),
        (customer_gives_it_away, "ticket_revoked"),
    ],
)
def test_of_a_scan_and_what_ends_the_ticket_at_once_exactly_one_happens(gates, booked, end, refusal):
    for turn in range(ROUNDS):
        booking = booked(2)
        ticket = booking["tickets"][0]
        calls = [
            lambda ticket=ticket, turn=turn: gates.scan(turn * 2, ticket=ticket),
            lambda booking=booking: said(lambda: end(gates, booking)),
        ]
        random.shuffle(calls)
        heard = set(all_at_once(*calls))
        assert heard in ({"created", "already_checked_in"}, {refusal, None})
        assert len(gates.ticket(ticket).get("check_ins", [])) == ("created" in heard)
    assert gates.faults() == []


def test_scans_beside_the_events_cancel_are_before_it_or_refused(gates, booked):
    tickets = [booked()["tickets"][0] for _ in range(24)]
    gates.scan(0, ticket=tickets[0])
    scans = [lambda at=at, each=each: gates.scan(at, ticket=each) for at, each in enumerate(tickets[1:], 1)]
    cancellation = gates.service(1, EventCancellation)
    *heard, _ = all_at_once(*scans, lambda: cancellation.cancel(gates.event_id, gates.organizer_id, None) and None)
    assert set(heard) <= {"created", "ticket_cancelled"}
    assert [gates.scan(at, ticket=each) for at, each in enumerate(tickets)] == ["ticket_cancelled"] * 24
    assert len(gates.log(holds=True)) == 1 + heard.count("created")
    assert gates.database["bookings"].count_documents({"status": "cancelled"}) == 24
    assert gates.faults() == []


def test_scans_and_undoing_at_once_take_turns(gates, booked):
    (ticket,) = booked()["tickets"]
    scans = [lambda at=at: gates.scan(at, ticket=ticket, device=f"{at}") for at in range(12)]
    undone = [lambda at=at: gates.undo(at, ticket) for at in range(12)]
    heard = all_at_once(*itertools.chain.from_iterable(zip(scans, undone, strict=True)))
    let_in, taken_back = heard.count("created"), gates.database["scans"].count_documents({"undone_at": {"$exists": 1}})
    present = gates.ticket(ticket).get("check_ins", [])
    assert let_in - taken_back == len(present) == len(gates.log(holds=True))
    assert gates.faults() == []


def test_a_ticket_is_cancelled_or_not_while_its_scan_is_taken_back(gates, booked):
    for turn in range(ROUNDS):
        booking = booked()
        (ticket,) = booking["tickets"]
        assert gates.scan(turn, ticket=ticket) == "created"
        calls = [
            lambda turn=turn, ticket=ticket: gates.undo(turn, ticket),
            lambda booking=booking: said(lambda: customer_cancels(gates, booking)),
        ]
        assert all_at_once(*calls) in ([None, None], [None, "already_checked_in"])
        assert gates.ticket(ticket)["check_ins"] == []
    assert gates.faults() == []


def test_who_comes_can_be_said_while_the_ticket_is_scanned(gates, booked):
    for turn in range(ROUNDS):
        booking = booked(2)
        first, second = booking["tickets"]
        ids = (booking["_id"], second["_id"], booking["customer_id"])
        calls = [
            lambda turn=turn, first=first: gates.scan(turn, ticket=first),
            lambda ids=ids: gates.service(1, TicketHolders).name(*ids, {"attendee_name": "Zoe"}) and None,
        ]
        assert all_at_once(*calls) == ["created", None]
        assert len(gates.ticket(first)["check_ins"]) == 1
        assert gates.ticket(second)["attendee_name"] == "Zoe"
    assert gates.faults() == []


def test_a_file_that_is_sent_twice_at_once_lets_each_in_once(gates, booked):
    tickets = booked(AT_ONCE + 20)["tickets"]
    file = [scan_of(ticket, nonce=str(ticket["_id"])) for ticket in tickets]
    file += [scan_of(code="no-ticket", nonce="wrong")]
    twice = all_at_once(lambda: gates.bulk(0, file), lambda: gates.bulk(1, file))
    for results in zip(*(results[:-1] for results in twice), strict=True):
        assert sorted(each["result"] for each in results) == ["created", "replayed"]
    assert [results[-1]["code"] for results in twice] == ["ticket_not_found"] * 2
    assert {each["result"] for each in gates.bulk(2, file)[:-1]} == {"replayed"}
    assert len(gates.log()) == len(file)
    assert gates.faults() == []


def test_files_of_two_devices_in_opposite_order_keep_each_earlier_time(gates, booked):
    tickets = [ticket for quantity in (60, 20, 20) for ticket in booked(quantity)["tickets"]]
    begin = now() - timedelta(hours=1)
    scanned = [
        [scan_of(each, scanned_at=begin + timedelta(seconds=at), device="North") for at, each in enumerate(tickets)],
        [scan_of(each, scanned_at=begin + timedelta(seconds=24.5), device="South") for each in reversed(tickets)],
    ]
    files = [[scan | {"nonce": str(ObjectId())} for scan in some] for some in scanned]
    results = all_at_once(lambda: gates.bulk(0, files[0]), lambda: gates.bulk(1, files[1]))
    for north, south in zip(results[0], reversed(results[1]), strict=True):
        assert sorted((north["result"], south["result"])) == ["conflict", "created"]
    expected = {
        each["_id"]: (begin + timedelta(seconds=min(at, 24.5)), "North" if at < 24.5 else "South")
        for at, each in enumerate(tickets)
    }
    stored = {each["_id"]: [(scan["at"], scan["device"]) for scan in each["check_ins"]] for each in gates.tickets()}
    assert stored == {ticket_id: [first] for ticket_id, first in expected.items()}
    assert len(gates.log()) == 2 * len(tickets)
    assert {(row["ticket_id"], row["device"]) for row in gates.log(holds=True)} == {
        (ticket_id, device) for ticket_id, (_, device) in expected.items()
    }
    assert gates.faults() == []


def test_everything_at_once_leaves_nothing_that_an_audit_finds(gates, booked):
    bookings = [booked(3) for _ in range(4)]
    ends = [customer_cancels, customer_cancels_the_ticket, organizer_cancels, customer_gives_it_away]

    def be_busy(seed):
        dice, heard = random.Random(seed), Counter()
        for turn in range(25):
            booking = dice.choice(bookings)
            ticket = dice.choice(booking["tickets"])
            roll = dice.random()
            if roll < 0.5:
                at = now() - timedelta(minutes=dice.randint(0, 9))
                fields = {"nonce": f"{dice.randint(0, 40)}"} if turn % 2 else {}
                heard[gates.scan(seed + turn, ticket=ticket, scanned_at=at, device=f"{seed}", **fields)] += 1
            elif roll < 0.8:
                gates.undo(seed + turn, ticket)
            elif roll < 0.85:
                said(lambda booking=booking: dice.choice(ends)(gates, booking))
            else:
                gates.bulk(seed + turn, [scan_of(each, device=f"{seed}") for each in booking["tickets"]])
        return heard

    with ThreadPoolExecutor(8) as pool:
        heard = sum(pool.map(be_busy, range(8)), Counter())
    assert heard["created"]
    assert gates.faults() == []
