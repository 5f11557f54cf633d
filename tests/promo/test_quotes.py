"""What an order would cost: the same as booking it, and nothing is booked or used."""

import pytest

from ..asserting import assert_problem, available
from ..builders import make_event
from .codes import add_code, buy, order, priced_event, seat, uses


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


def quote(client, event, body):
    """Ask what it costs."""
    return client.post(f"/events/{event['id']}/quote", body)


def test_a_quote_says_what_the_booking_then_costs(organizer, client, customer, gala):
    code = add_code(organizer, gala, value=15, ticket_type_ids=[seat(gala)])
    answer = quote(client, gala, order(gala, 2, 3, code="save"))
    assert answer.status_code == 200
    seats, stands = gala["ticket_types"]
    assert answer.json == {
        "items": [
            {
                "ticket_type_id": seats["id"],
                "name": "Seat",
                "quantity": 2,
                "price": 2500,
                "discount": 750,
                "amount": 4250,
            },
            {
                "ticket_type_id": stands["id"],
                "name": "Stand",
                "quantity": 3,
                "price": 999,
                "discount": 0,
                "amount": 2997,
            },
        ],
        "discount": 750,
        "amount": 7247,
        "currency": gala["currency"],
    }
    assert uses(organizer, gala, code) == (0, 0)
    assert available(client, gala) == 400
    booking = buy(customer, gala, 2, 3)
    assert (booking["amount"], booking["discount"]["amount"]) == (7247, 750)


def test_everybody_gets_a_quote_with_or_without_a_code_or_the_events_id(organizer, client, customer, gala):
    body = order(gala, 1, code=None)
    for who in (client, customer, organizer):
        for asked in (body, {"items": body["items"]}, body | {"hold": True}):
            answer = quote(who, gala, asked)
            assert (answer.status_code, answer.json["amount"], answer.json["discount"]) == (200, 2500, 0)
    free = make_event(organizer)
    assert quote(client, free, {"quantity": 2}).json["items"][0]["name"] is None


def test_a_quote_is_of_the_event_of_its_path(organizer, client, gala):
    body = order(priced_event(organizer), 1, code=None)
    assert list(assert_problem(quote(client, gala, body), 422, "validation_failed")["errors"]) == ["event_id"]


def test_what_is_sold_out_or_not_on_sale_has_a_price(organizer, client, customer):
    types = [
        {"name": "Gone", "price": 100, "total": 1},
        {"name": "Later", "price": 200, "total": 1, "sale_starts": "2031-01-01T00:00:00Z"},
    ]
    event = priced_event(organizer, types)
    buy(customer, event, 1, code=None)
    assert quote(client, event, order(event, 1, 1, code=None)).json["amount"] == 300


def test_lines_are_refused_as_booking_refuses_them(client, customer, gala):
    for body in (
        {"quantity": 1},  # of which type?
        order(gala, 11, code=None),
        {"items": [{"ticket_type_id": "ab" * 12, "quantity": 1}]},
        {"items": [{"ticket_type_id": seat(gala), "quantity": 0}]},
        {"items": []},
        {"quantity": 1, "items": []},
        {"quantity": 1, "price": 0},
        {},
    ):
        quoted = assert_problem(quote(client, gala, body), 422, "validation_failed")
        booked = assert_problem(customer.post("/bookings", {"event_id": gala["id"]} | body), 422, "validation_failed")
        assert quoted["errors"] == booked["errors"]


def test_events_that_cannot_be_booked_have_no_price(organizer, client, gala, clock):
    draft = priced_event(organizer, status="draft")
    assert_problem(quote(client, draft, order(draft, 1, code=None)), 404, "event_not_found")
    assert_problem(quote(organizer, draft, order(draft, 1, code=None)), 404, "event_not_found")
    nowhere = gala | {"id": "ab" * 12}
    assert_problem(quote(client, nowhere, order(nowhere, 1, code=None)), 404, "event_not_found")
    other = priced_event(organizer)
    assert organizer.post(f"/events/{other['id']}/cancel").status_code == 200
    assert_problem(quote(client, other, order(other, 1, code=None)), 409, "event_cancelled")
    clock.advance(days=1000)
    assert_problem(quote(client, gala, order(gala, 1, code=None)), 409, "event_past")


def test_codes_are_refused_as_booking_refuses_them(organizer, client, customer, gala):
    add_code(organizer, gala, "SEATS", ticket_type_ids=[seat(gala)])
    add_code(organizer, gala, "LATE", valid_from="2031-01-01T00:00:00Z")
    add_code(organizer, gala, "TWO", max_tickets=2)
    add_code(organizer, gala, "OFF", enabled=False)
    stands = {"items": [{"ticket_type_id": gala["ticket_types"][1]["id"], "quantity": 1}]}
    for body, status, code in (
        (order(gala, 1, code="SEATS") | stands, 409, "code_not_applicable"),
        (order(gala, 1, code="LATE"), 409, "code_expired"),
        (order(gala, 3, code="TWO"), 409, "code_exhausted"),
        (order(gala, 1, code="OFF"), 422, "code_unknown"),
        (order(gala, 1, code="NEVER"), 422, "code_unknown"),
    ):
        quoted = assert_problem(quote(client, gala, body), status, code)
        assert quoted == assert_problem(customer.post("/bookings", body), status, code)


def test_what_a_customer_has_with_a_code_counts_in_their_own_quote(organizer, client, customer, gala):
    add_code(organizer, gala, max_per_customer=2)
    buy(customer, gala, 1)
    assert assert_problem(quote(customer, gala, order(gala, 2)), 409, "code_exhausted")["remaining"] == 1
    assert quote(client, gala, order(gala, 2)).status_code == 200
    assert assert_problem(quote(client, gala, order(gala, 3)), 409, "code_exhausted")["remaining"] == 2
