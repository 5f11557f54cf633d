"""The stock of an event: what leaves it and re-enters it, by type."""

import pytest
from bson import ObjectId

from booking_api.events.stock import Line, Stock

SEAT, STAND = ObjectId(), ObjectId()
PLAIN = {"available_tickets": 5, "ticket_types": []}
TYPED = {"available_tickets": 7, "ticket_types": [{"_id": SEAT, "available": 3}, {"_id": STAND, "available": 4}]}


def item(type_id, quantity):
    """An item of a booking."""
    return {"ticket_type_id": type_id, "name": "x", "price": 1, "quantity": quantity}


def test_an_event_without_types_has_one_implicit_type():
    stock = Stock(PLAIN)
    assert stock.available == stock.available_of(None) == 5
    stock.take([Line(None, 2)])
    assert stock.available == stock.available_of(None) == 3
    assert stock.increments() == {"available_tickets": -2}


def test_each_type_has_a_stock_of_its_own():
    stock = Stock(TYPED)
    stock.take([Line(STAND, 3), Line(SEAT, 1)])
    assert (stock.available_of(SEAT), stock.available_of(STAND), stock.available) == (2, 1, 3)
    assert stock.increments() == {
        "ticket_types.0.available": -1,
        "ticket_types.1.available": -3,
        "available_tickets": -4,
    }


def test_what_is_not_moved_is_not_written():
    assert Stock(TYPED).increments() == {}
    stock = Stock(TYPED)
    stock.take([Line(SEAT, 2)])
    assert stock.increments() == {"ticket_types.0.available": -2, "available_tickets": -2}


@pytest.mark.parametrize(("event", "type_id"), [(PLAIN, None), (TYPED, STAND)])
def test_what_leaves_and_comes_back_is_no_change(event, type_id):
    stock = Stock(event)
    stock.take([Line(type_id, 2)])
    stock.put_back([item(type_id, 2)])
    assert stock.increments() == {}
    assert stock.available == event["available_tickets"]


def test_tickets_that_change_types_leave_the_sum_alone():
    stock = Stock(TYPED)
    stock.put_back([item(SEAT, 2)])
    stock.take([Line(STAND, 2)])
    assert stock.increments() == {"ticket_types.0.available": 2, "ticket_types.1.available": -2}
    assert stock.available == 7


def test_several_movements_of_a_type_add_up():
    stock = Stock(TYPED)
    for _ in range(2):
        stock.take([Line(SEAT, 1)])
    stock.put_back([item(SEAT, 1), item(STAND, 1)])
    assert stock.increments() == {"ticket_types.0.available": -1, "ticket_types.1.available": 1}


def test_the_event_itself_is_left_as_it_was_read():
    event = {"available_tickets": 3, "ticket_types": [{"_id": SEAT, "available": 3}]}
    Stock(event).take([Line(SEAT, 3)])
    assert event == {"available_tickets": 3, "ticket_types": [{"_id": SEAT, "available": 3}]}


def test_an_unknown_type_has_no_stock():
    with pytest.raises(KeyError):
        Stock(TYPED).available_of(ObjectId())
