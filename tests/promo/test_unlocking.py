"""Hidden ticket types: seen, quoted and sold only to who has a code that unlocks them."""

import pytest

from ..asserting import assert_problem
from .codes import TYPES, add_code, all_faults, buy, order, priced_event, uses

HIDDEN = [{"name": name, "price": price, "total": 5, "hidden": True} for name, price in (("Box", 9000), ("Crew", 0))]


@pytest.fixture
def gala(organizer):
    """An event with two types that everybody sees, and two that are hidden."""
    return priced_event(organizer, TYPES + HIDDEN)


@pytest.fixture(autouse=True)
def _nothing_is_wrong(app):
    yield
    assert all_faults(app) == []


def unlocking(organizer, event, code="VIP", **fields):
    """A code that unlocks all that is hidden, or only some of it."""
    return add_code(organizer, event, code, "unlock", None, **fields)


def seen(client, event, **query):
    """The names of the types that somebody sees."""
    answer = client.get(f"/events/{event['id']}", query_string=query)
    assert answer.status_code == 200, answer.json
    return [each["name"] for each in answer.json["ticket_types"]]


def test_a_code_shows_what_it_unlocks_and_another_shows_nothing(organizer, client, customer, gala):
    unlocking(organizer, gala)
    unlocking(organizer, gala, "BOX", ticket_type_ids=[gala["ticket_types"][2]["id"]])
    add_code(organizer, gala)
    for who in (client, customer):
        assert seen(who, gala) == seen(who, gala, code="save") == ["Seat", "Stand"]
        assert seen(who, gala, code="vip") == ["Seat", "Stand", "Box", "Crew"]
        assert seen(who, gala, code="box") == ["Seat", "Stand", "Box"]
    assert seen(organizer, gala, code="never") == ["Seat", "Stand", "Box", "Crew"]


def test_a_code_that_cannot_be_used_shows_nothing_and_says_why(organizer, client, customer, gala):
    path = f"/events/{gala['id']}"
    unlocking(organizer, gala, "OFF", enabled=False)
    unlocking(organizer, gala, "LATE", valid_from="2031-01-01T00:00:00Z")
    unlocking(organizer, gala, "ONCE", max_bookings=1)
    buy(customer, gala, 0, 0, 1, code="ONCE")
    for code, status, problem in (
        ("OFF", 422, "code_unknown"),
        ("never", 422, "code_unknown"),
        ("LATE", 409, "code_expired"),
        ("ONCE", 409, "code_exhausted"),
    ):
        assert_problem(client.get(path, query_string={"code": code}), status, problem)


def test_hidden_tickets_are_sold_with_their_code_alone(organizer, customer, gala):
    code = unlocking(organizer, gala, "BOX", ticket_type_ids=[gala["ticket_types"][2]["id"]])
    add_code(organizer, gala, "HALF", value=50)
    unknown = None
    for refused in (
        order(gala, 0, 0, 1, code=None),
        order(gala, 0, 0, 1, code="HALF"),
        order(gala, 0, 0, 0, 1, code="BOX"),
    ):
        problem = assert_problem(customer.post("/bookings", refused), 422, "validation_failed")
        unknown = unknown or problem
        assert problem == unknown
    assert_problem(customer.post("/bookings", order(gala, 1, code="BOX")), 409, "code_not_applicable")
    booking = buy(customer, gala, 2, 0, 1, code="box")
    assert (booking["amount"], booking["discount"]) == (2 * 2500 + 9000, {"code": "BOX", "amount": 0})
    assert uses(organizer, gala, code) == (1, 1)


def test_uses_of_a_code_that_unlocks_are_tickets_of_hidden_types(organizer, customer, gala):
    code = unlocking(organizer, gala, max_tickets=3, max_per_customer=2)
    booking = buy(customer, gala, 5, 0, 1, 1, code="VIP")
    problem = assert_problem(customer.post("/bookings", order(gala, 1, 0, 1, code="VIP")), 409, "code_exhausted")
    assert problem["remaining"] == 0
    by_type = {each["ticket_type"]: each["id"] for each in booking["tickets"]}
    for name, left in (("Seat", (2, 1)), ("Box", (1, 1))):
        assert customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [by_type[name]]}).status_code == 200
        assert uses(organizer, gala, code) == left
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    assert uses(organizer, gala, code) == (0, 0)


def test_a_quote_has_hidden_types_for_who_has_their_code(organizer, client, gala):
    unlocking(organizer, gala)
    path = f"/events/{gala['id']}/quote"
    assert_problem(client.post(path, order(gala, 0, 0, 2, code=None)), 422, "validation_failed")
    assert client.post(path, order(gala, 0, 0, 2, code="VIP")).json["amount"] == 18_000
