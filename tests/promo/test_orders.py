"""Orders with codes: what they cost, what is refused, and what is given back."""

import pytest

from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import make_event
from .codes import add_code, all_faults, buy, order, priced_event, seat, stand, uses


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


@pytest.fixture(autouse=True)
def _nothing_is_wrong(app):
    yield
    assert all_faults(app) == []


def refused(customer, body, status, code):
    """Try to book; return the problem, which must be this."""
    return assert_problem(customer.post("/bookings", body), status, code)


def test_a_percentage_is_taken_off_each_ticket_half_up(organizer, customer, gala):
    code = add_code(organizer, gala, value=15)
    booking = buy(customer, gala, 1, 3, code="save")
    assert booking["discount"] == {"code": "SAVE", "amount": 375 + 3 * 150}  # 15 % of 25.00; of 9.99, 149.85 cents
    assert booking["amount"] == 2125 + 3 * 849
    assert [item["price"] for item in booking["items"]] == [2500, 999]
    assert uses(organizer, gala, code) == (4, 1)
    assert customer.get(f"/bookings/{booking['id']}").json["discount"] == booking["discount"]


@pytest.mark.parametrize(
    ("kind", "value", "seats", "stands"),
    [("amount", 1000, 1500, 0), ("set_price", 1500, 1500, 999), ("set_price", 0, 0, 0), ("percent", 100, 0, 0)],
)
def test_no_ticket_costs_less_than_nothing_or_more_than_before(organizer, customer, gala, kind, value, seats, stands):
    add_code(organizer, gala, kind=kind, value=value)
    booking = buy(customer, gala, 2, 1)
    assert booking["amount"] == 2 * seats + stands
    assert booking["discount"]["amount"] == 2 * 2500 + 999 - booking["amount"]


def test_a_code_of_some_types_leaves_others_alone_and_wants_one_of_its_own(organizer, customer, gala):
    code = add_code(organizer, gala, ticket_type_ids=[seat(gala)], value=50)
    assert buy(customer, gala, 2, 2)["amount"] == 2 * 1250 + 2 * 999
    assert uses(organizer, gala, code) == (2, 1)
    refused(customer, order(gala, 0, 2), 409, "code_not_applicable")
    assert uses(organizer, gala, code) == (2, 1)


def test_a_code_is_for_events_without_ticket_types_too(organizer, customer):
    free = make_event(organizer)
    code = add_code(organizer, free)
    body = {"event_id": free["id"], "quantity": 2, "code": "SAVE"}
    assert customer.post("/bookings", body).json["discount"] == {"code": "SAVE", "amount": 0}
    assert uses(organizer, free, code) == (2, 1)


def test_a_booking_without_a_code_has_no_discount(customer, gala):
    assert buy(customer, gala, 1, code=None)["discount"] is None


def test_unknown_disabled_and_other_events_codes_are_answered_alike(organizer, customer, gala):
    add_code(organizer, gala, "DISABLED", enabled=False)
    add_code(organizer, priced_event(organizer), "ELSEWHERE")
    problems = [
        refused(customer, order(gala, 1, code=code), 422, "code_unknown")
        for code in ("DISABLED", "ELSEWHERE", "NEVER", "two words", "\u0130")
    ]
    assert all(problem == problems[0] for problem in problems)


def test_outside_its_time_a_code_says_when_it_can_be_used(organizer, customer, gala, clock):
    now = clock()
    times = [now.replace(microsecond=0, hour=hour).isoformat() for hour in (0, 23)]
    code = add_code(organizer, gala, valid_from=times[0], valid_until=times[1])
    clock.advance(days=-1)
    early = refused(customer, order(gala, 1), 409, "code_expired")
    assert (early["valid_from"], early["valid_until"]) == (code["valid_from"], code["valid_until"])
    clock.advance(days=1)
    buy(customer, gala, 1)
    assert organizer.patch(f"/events/{gala['id']}/codes/{code['id']}", {"valid_until": times[0][:10] + "T00:00:01Z"})
    refused(customer, order(gala, 1), 409, "code_expired")


def test_a_code_is_used_for_so_many_tickets_and_says_how_many_are_left(organizer, customer, gala):
    code = add_code(organizer, gala, max_tickets=5, ticket_type_ids=[seat(gala)])
    buy(customer, gala, 3, 5)
    assert refused(customer, order(gala, 3), 409, "code_exhausted")["remaining"] == 2
    buy(customer, gala, 2)
    assert refused(customer, order(gala, 1), 409, "code_exhausted")["remaining"] == 0
    assert uses(organizer, gala, code) == (5, 2)


def test_a_code_is_used_in_so_many_bookings(organizer, customer, gala):
    add_code(organizer, gala, max_bookings=1, max_tickets=100)
    buy(customer, gala, 1)
    assert refused(customer, order(gala, 1), 409, "code_exhausted")["remaining"] == 0


def test_a_customer_has_so_many_tickets_with_a_code(organizer, customer, as_role, gala):
    add_code(organizer, gala, max_per_customer=3, ticket_type_ids=[seat(gala)])
    booking = buy(customer, gala, 2, 4)
    assert refused(customer, order(gala, 2), 409, "code_exhausted")["remaining"] == 1
    buy(as_role("customer"), gala, 3)
    assert customer.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    buy(customer, gala, 3)


def test_cancelled_tickets_and_bookings_give_back_their_uses_once(organizer, customer, gala):
    code = add_code(organizer, gala, ticket_type_ids=[seat(gala)])
    booking = buy(customer, gala, 2, 1)
    path, tickets = f"/bookings/{booking['id']}/cancel", booking["tickets"]
    by_type = {each["ticket_type"]: each["id"] for each in tickets}
    for ticket, left in ((by_type["Stand"], (2, 1)), (by_type["Seat"], (1, 1)), (by_type["Seat"], (1, 1))):
        assert customer.post(path, {"ticket_ids": [ticket]}).status_code == 200
        assert uses(organizer, gala, code) == left
    shown = customer.get(f"/bookings/{booking['id']}").json
    assert (shown["amount"], shown["discount"]) == (2250, {"code": "SAVE", "amount": 250})
    for _ in range(2):
        assert customer.post(path).json["status"] == "cancelled"
        assert uses(organizer, gala, code) == (0, 0)


def test_a_hold_that_expires_gives_back_its_uses_once(app, organizer, customer, gala, clock):
    code = add_code(organizer, gala, max_tickets=2)
    buy(customer, gala, 2, hold=True)
    assert uses(organizer, gala, code) == (2, 1)
    clock.advance(seconds=901)
    for _ in range(2):
        run_jobs(app)
        assert uses(organizer, gala, code) == (0, 0)


def test_who_runs_the_event_gives_uses_back_by_cancelling(organizer, customer, gala):
    code = add_code(organizer, gala)
    kept, cancelled = buy(customer, gala, 1), buy(customer, gala, 2)
    path = f"/events/{gala['id']}/bookings/{cancelled['id']}/cancel"
    for _ in range(2):
        assert organizer.post(path).status_code == 200
        assert uses(organizer, gala, code) == (1, 1)
    assert organizer.post(f"/events/{gala['id']}/cancel").status_code == 200
    assert uses(organizer, gala, code) == (0, 0)
    assert customer.get(f"/bookings/{kept['id']}").json["status"] == "cancelled"


def test_an_order_that_is_refused_uses_no_code(organizer, customer, gala):
    code = add_code(organizer, gala)
    refused(customer, order(gala, 201), 422, "validation_failed")
    small = [{"name": "Seat", "price": 100, "total": 1}]
    full = priced_event(organizer, small)
    other = add_code(organizer, full)
    refused(customer, order(full, 2), 409, "sold_out")
    assert uses(organizer, gala, code) == uses(organizer, full, other) == (0, 0)


def test_a_change_of_a_code_changes_later_bookings_alone(organizer, customer, gala):
    code = add_code(organizer, gala)
    before = buy(customer, gala, 1)
    path = f"/events/{gala['id']}/codes/{code['id']}"
    assert organizer.patch(path, {"kind": "amount", "value": 1, "code": "OTHER"}).json["used_tickets"] == 1
    assert customer.get(f"/bookings/{before['id']}").json["discount"] == {"code": "SAVE", "amount": 250}
    assert buy(customer, gala, 1, code="other")["discount"] == {"code": "OTHER", "amount": 1}
    assert uses(organizer, gala, code) == (2, 2)
    assert organizer.delete(path).status_code == 204
    assert customer.get(f"/bookings/{before['id']}").json["discount"] == {"code": "SAVE", "amount": 250}
    assert customer.post(f"/bookings/{before['id']}/cancel").status_code == 200
    refused(customer, order(gala, 1, code="OTHER"), 422, "code_unknown")


def test_a_limit_is_not_set_below_what_is_used(organizer, customer, gala):
    code = add_code(organizer, gala)
    buy(customer, gala, 2, 1)
    path = f"/events/{gala['id']}/codes/{code['id']}"
    problem = assert_problem(organizer.patch(path, {"max_tickets": 2}), 409, "code_used_more")
    assert (problem["used_tickets"], problem["used_bookings"]) == (3, 1)
    assert organizer.patch(path, {"max_tickets": 3, "max_bookings": 1}).status_code == 200
    assert refused(customer, order(gala, 1), 409, "code_exhausted")["remaining"] == 0


@pytest.mark.parametrize("code", ["", "x" * 65, 7, ["SAVE"], {"$ne": None}, "a\x00", "ab" * 600])
def test_what_is_no_text_for_a_code_is_refused(customer, gala, code):
    refused(customer, order(gala, 1, code=code), 422, "validation_failed")


def test_stands_are_not_for_the_code_of_seats_whatever_its_kind(organizer, customer, gala):
    for kind, value in (("amount", 5), ("set_price", 5), ("percent", 5), ("unlock", None)):
        add_code(organizer, gala, kind, kind, value, ticket_type_ids=[seat(gala)])
        body = order(gala, 1, code=kind) | {"items": [{"ticket_type_id": stand(gala), "quantity": 1}]}
        refused(customer, body, 409, "code_not_applicable")
