"""Orders of hidden ticket types: as if there were none, unless a code has unlocked them."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings import rules
from booking_api.bookings.audit import faults
from booking_api.bookings.availability import require_available
from booking_api.errors import ValidationFailed
from booking_api.events.stock import Line, Stock

from ..asserting import assert_problem
from ..events.hidden_types import DEAR, OPEN, VIP, with_types
from .ledgers import NOW, SEAT, STAND, TYPED, ledger_of, order

HIDDEN = TYPED | {"ticket_types": [TYPED["ticket_types"][0], TYPED["ticket_types"][1] | {"hidden": True}]}
ALL_HIDDEN = TYPED | {"ticket_types": [each | {"hidden": True} for each in TYPED["ticket_types"]]}
COUNTED = HIDDEN | {"shown_available": 2}
RESERVED = {"reserved_from": NOW, "waitlist": {"last": 1, "waiting": 1, "turn": 0}}


def refusal(lines, event, *unlocked):
    """The errors of an order that is refused."""
    with pytest.raises(ValidationFailed) as refused:
        rules.require_lines(lines, event, frozenset(unlocked))
    return refused.value.members["errors"]


def test_a_hidden_type_is_refused_as_one_that_does_not_exist():
    unknown = refusal([Line(SEAT, 1), Line(ObjectId(), 1)], HIDDEN)
    assert refusal([Line(SEAT, 1), Line(STAND, 1)], HIDDEN) == unknown
    assert refusal([Line(SEAT, 1), Line(STAND, 1)], HIDDEN, SEAT, ObjectId()) == unknown
    assert list(unknown) == ["items.1.ticket_type_id"]


def test_an_order_can_have_the_types_that_its_code_unlocks():
    lines = [Line(SEAT, 1), Line(STAND, 2)]
    assert rules.require_lines(lines, HIDDEN, frozenset([STAND])) == lines


def test_a_quantity_alone_is_of_the_only_type_that_can_be_ordered():
    assert rules.require_lines([Line(None, 2)], HIDDEN) == [Line(SEAT, 2)]
    assert rules.require_lines([Line(None, 2)], ALL_HIDDEN, frozenset([STAND])) == [Line(STAND, 2)]
    several = {"items": ["This event has several ticket types: say which in items."]}
    assert refusal([Line(None, 2)], HIDDEN, STAND) == several
    assert refusal([Line(None, 2)], TYPED) == several
    assert refusal([Line(None, 2)], ALL_HIDDEN) == {"items": ["This event has no ticket type on sale."]}


def test_it_is_so_for_those_who_book(organizer, customer):
    event = with_types(organizer, OPEN, VIP)
    opened, hidden = (each["id"] for each in event["ticket_types"])
    answers = [
        customer.post("/bookings", {"event_id": event["id"], "items": [{"ticket_type_id": each, "quantity": 1}]})
        for each in (hidden, str(ObjectId()))
    ]
    problems = [assert_problem(answer, 422, "validation_failed") for answer in answers]
    assert problems[0]["errors"] == problems[1]["errors"]
    booked = customer.post("/bookings", {"event_id": event["id"], "quantity": 1})
    assert (booked.status_code, booked.json["items"][0]["ticket_type_id"]) == (201, opened)
    assert "VIP" not in booked.text


def test_no_refusal_of_an_order_speaks_of_hidden_types(organizer, customer):
    event = with_types(organizer, OPEN | {"total": 1}, VIP | {"sale_ends": "2029-01-01T00:00:00Z"}, max_per_customer=3)
    for quantity, code in ((2, "sold_out"), (4, "customer_limit")):
        refused = customer.post("/bookings", {"event_id": event["id"], "quantity": quantity})
        assert_problem(refused, 409, code)
        assert "VIP" not in refused.text and refused.json.get("available_tickets", 1) == 1


def test_a_hidden_type_is_sold_while_the_list_alone_is_served():
    event = HIDDEN | RESERVED
    require_available([Line(STAND, 3)], event, Stock(event), NOW)
    with pytest.raises(rules.SoldOut) as refused:
        require_available([Line(STAND, 1), Line(SEAT, 1)], event, Stock(event), NOW)
    assert refused.value.members["ticket_type_id"] == str(SEAT)
    assert refused.value.members["waitlist"] is True


@pytest.mark.parametrize("reserved_from", [NOW, NOW + timedelta(minutes=1)])
def test_who_hears_that_a_hidden_type_is_sold_out_cannot_wait_for_it(reserved_from):
    event = HIDDEN | RESERVED | {"reserved_from": reserved_from}
    with pytest.raises(rules.SoldOut) as refused:
        require_available([Line(STAND, 4)], event, Stock(event), NOW)
    assert "waitlist" not in refused.value.members
    assert refused.value.members["available_tickets"] == 3


@pytest.mark.parametrize(
    ("lines", "change"), [([Line(SEAT, 1)], -1), ([Line(STAND, 2)], 0), ([Line(SEAT, 2), Line(STAND, 1)], -2)]
)
def test_only_shown_tickets_are_counted_as_such(lines, change):
    stock = Stock(COUNTED)
    stock.take(lines)
    assert stock.increments().get("shown_available", 0) == change
    assert stock.moved_event()["shown_available"] == 2 + change
    items = [{"ticket_type_id": line.ticket_type_id, "quantity": line.quantity} for line in lines]
    stock.put_back(items)
    assert stock.increments() == {} and stock.moved_event()["shown_available"] == 2


@pytest.mark.parametrize("event", [TYPED, HIDDEN, TYPED | {"shown_available": None}])
def test_where_it_is_not_counted_nothing_is_begun(event):
    stock = Stock(event)
    stock.take([Line(SEAT, 1), Line(STAND, 1)])
    assert "shown_available" not in stock.increments()


@pytest.mark.parametrize(
    ("event", "is_right"),
    [
        (COUNTED, True),
        (COUNTED | {"shown_available": 1}, False),
        (HIDDEN, False),
        (TYPED, True),
        (TYPED | {"shown_available": None}, True),
        (TYPED | {"shown_available": 5}, False),
        (ALL_HIDDEN | {"shown_available": 0}, True),
    ],
)
def test_the_audit_compares_the_count_with_the_types(event, is_right):
    assert (list(faults(event, [], NOW)) == []) is is_right


def test_an_order_of_a_ledger_cannot_have_a_hidden_type():
    ledger = ledger_of(COUNTED)
    assert isinstance(ledger.apply(order(lines=(Line(STAND, 1),))), ValidationFailed)
    assert ledger.apply(order(1))["items"][0]["ticket_type_id"] == SEAT
    assert ledger.stock.increments()["shown_available"] == -1


def test_a_cancelled_event_gives_back_what_was_taken_of_each_type(organizer, customer):
    event = with_types(organizer, OPEN, VIP, DEAR)
    items = [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 3}]
    assert customer.post("/bookings", {"event_id": event["id"], "items": items}).status_code == 201
    path = f"/events/{event['id']}"
    assert customer.get(path).json["available_tickets"] == 7
    assert organizer.post(f"{path}/cancel", {}).json["available_tickets"] == 15
    assert customer.get(path).json["available_tickets"] == 10
