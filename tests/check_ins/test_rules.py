"""Decisions about scans."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_api.bookings.ticket_rules import TicketCancelled
from booking_api.check_ins import rules
from booking_api.errors import Invalid, ValidationFailed

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
CODE = "nr0bR_eBpPa10D_fCv-zKw"


@pytest.mark.parametrize(
    "read",
    [
        CODE,
        f"\t{CODE}\r\n",
        "nr0b R_eB pPa1\u00a00D_f\nCv-z Kw ",
        f"https://example.com/t/{CODE}",
        f"https://example.com/t/t/{CODE}",
        f"https://example.com/login?next=/t/{CODE}",
        f"https://example.com/t/{CODE}.png?x#y",
        f"https://example.com/t/{CODE}#/t/other",
    ],
)
def test_a_code_is_found_in_what_was_read(read):
    assert rules.code_in(read) == CODE


@pytest.mark.parametrize(
    "read", ["", " ", f"{CODE}.svg", f"t/{CODE}", f"/t/{CODE}.gif", f"/t/{CODE}/x", "/t/", "x" * 65, f"{CODE}é", "a\0b"]
)
def test_there_is_none_in_anything_else(read):
    assert rules.code_in(read) is None


def test_the_longest_that_is_read_takes_no_time():
    for text in ("/t/" * 166, "/t/" + "a" * 497, "?" * 500, "/t/x?" * 100, " " * 500):
        rules.code_in(text)
        rules.code_in(text + "é")


def test_the_log_tells_apart_what_was_read_and_cannot_tell_what_it_was():
    assert rules.subject_of(" a\n") == rules.subject_of("a") != rules.subject_of("A")
    assert CODE not in rules.subject_of(CODE)


@pytest.mark.parametrize("event", [{}, {"check_in_lists": None}, {"check_in_lists": []}])
def test_an_event_from_before_has_the_one_list(event):
    assert rules.list_named(None, event) == rules.list_named("main", event) == "main"
    with pytest.raises(ValidationFailed):
        rules.list_named("Friday", event)


def test_the_clock_of_a_device_may_be_five_minutes_ahead():
    rules.require_not_ahead(NOW + timedelta(minutes=5), NOW)
    rules.require_not_ahead(NOW - timedelta(days=400), NOW)
    with pytest.raises(ValidationFailed):
        rules.require_not_ahead(NOW + timedelta(minutes=5, milliseconds=1), NOW)


@pytest.mark.parametrize(
    ("event", "booking", "ticket", "error"),
    [
        ("published", "confirmed", {}, None),
        ("published", "held", {}, rules.TicketHeld),
        ("published", "cancelled", {}, TicketCancelled),
        ("published", "expired", {}, TicketCancelled),
        ("published", "confirmed", {"cancelled_at": NOW}, TicketCancelled),
        ("published", "held", {"cancelled_at": NOW}, TicketCancelled),
        ("cancelled", "confirmed", {}, TicketCancelled),
        ("cancelled", "held", {}, TicketCancelled),
    ],
)
def test_only_valid_tickets_let_somebody_in(event, booking, ticket, error):
    check = (rules.require_valid, {"status": booking}, ticket, {"status": event})
    if error:
        with pytest.raises(error):
            check[0](*check[1:])
    else:
        check[0](*check[1:])


def test_a_ticket_came_in_when_it_first_did():
    friday, saturday = ({"list": name, "at": NOW + timedelta(days=n)} for n, name in enumerate(("Fri", "Sat")))
    both = rules.with_check_ins({"checked_in_at": None}, [saturday, friday])
    assert both == {"check_ins": [saturday, friday], "checked_in_at": NOW}
    assert rules.check_in_of(both, "Sat") == saturday and rules.check_in_of(both, "Sun") is None
    assert rules.with_check_ins(both, [])["checked_in_at"] is None
    assert rules.check_in_of({}, "Fri") is None


def test_every_refusal_that_is_logged_under_a_nonce_can_be_answered_again():
    for code, problem in rules.REFUSALS.items():
        assert problem().code == code and not issubclass(problem, Invalid)
