"""Counting tickets after a rush, and after a kill in the middle of it."""

from benchmarks import books
from benchmarks.books import Books, Ledger
from benchmarks.killed import booking_of


def event(number: int, total: int, available: int) -> dict:
    """An event as the audit reads it."""
    return {"_id": number, "total_tickets": total, "available_tickets": available}


def test_books_are_right_if_every_ticket_is_in_the_stock_or_in_a_booking():
    found = books.compare([event(1, 10, 6), event(2, 5, 5)], {1: 4}, bookings=3)
    assert found == Books(bookings=3, wrong=0, oversold=0, lost=0)


def test_a_ticket_taken_from_the_stock_that_no_booking_has_is_lost():
    found = books.compare([event(1, 10, 3), event(2, 5, 4)], {1: 4}, bookings=2)
    assert found == Books(bookings=2, wrong=2, oversold=0, lost=4)


def test_tickets_beyond_what_there_were_do_not_make_up_for_lost_ones():
    found = books.compare([event(1, 10, 0), event(2, 5, 4)], {1: 12}, bookings=12)
    assert found == Books(bookings=12, wrong=2, oversold=2, lost=1)


def test_what_kills_lose_is_counted_apart_from_the_rounds():
    ledger = Ledger()
    ledger.note(Books(bookings=50, wrong=0, oversold=0), answered=49)
    ledger.note_kill(Books(bookings=20, wrong=1, oversold=0, lost=3), absent=0)
    assert ledger.right
    assert not ledger.outlives_kills
    assert ledger.of_kills == "lost 3 tickets, killed once"


def test_a_booking_that_was_answered_and_is_not_there_makes_the_books_wrong():
    ledger = Ledger()
    ledger.note(Books(bookings=50, wrong=0, oversold=0), answered=51)
    assert not ledger.right


def test_a_kill_after_which_an_answered_booking_is_not_there_is_not_outlived():
    ledger = Ledger()
    ledger.note_kill(Books(bookings=20, wrong=0, oversold=0), absent=1)
    assert not ledger.outlives_kills


def test_only_an_answer_of_201_with_its_address_is_a_booking():
    made = b"HTTP/1.1 201 Created\r\nLocation: /api/v1/bookings/%s\r\nContent-Length: 2\r\n\r\n" % (b"a" * 24)
    assert booking_of(made) == "a" * 24
    assert booking_of(made.lower().replace(b"http", b"HTTP")) == "a" * 24
    assert booking_of(made.replace(b"201", b"200")) is None
    assert booking_of(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") is None
