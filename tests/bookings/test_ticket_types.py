"""Events with ticket types over HTTP: booked by items, repriced, grown and closed while they sell."""

import pytest
from bson import ObjectId

from ..asserting import assert_problem
from ..builders import event_fields, make_event

SEAT = {"name": "Seat", "price": 2500, "total": 4}
STAND = {"name": "Stand", "price": 1000, "total": 6}


@pytest.fixture
def make_typed(organizer):
    """Makes an event of these ticket types."""

    def make(*types, **fields):
        body = {name: value for name, value in event_fields(**fields).items() if name != "total_tickets"}
        response = organizer.post("/events", body | {"ticket_types": list(types)})
        assert response.status_code == 201, response.json
        return response.json

    return make


def lines(event, *quantities):
    """The body of an order for so many of each type; None leaves a type out."""
    pairs = zip(event["ticket_types"], quantities, strict=False)
    return {
        "event_id": event["id"],
        "items": [{"ticket_type_id": kind["id"], "quantity": quantity} for kind, quantity in pairs if quantity],
    }


def stock(api, event):
    """What is on sale of the event and of each of its types."""
    read = api.get(f"/events/{event['id']}").json
    return read["available_tickets"], [kind["available"] for kind in read["ticket_types"]]


def test_a_booking_by_items_shows_what_each_costs(customer, make_typed):
    event = make_typed(SEAT, STAND, currency="EUR")
    booking = customer.post("/bookings", lines(event, 1, 2)).json
    seat, stand = (kind["id"] for kind in event["ticket_types"])
    assert booking["items"] == [
        {"ticket_type_id": seat, "name": "Seat", "quantity": 1, "price": 2500},
        {"ticket_type_id": stand, "name": "Stand", "quantity": 2, "price": 1000},
    ]
    assert [ticket["ticket_type"] for ticket in booking["tickets"]] == ["Seat", "Stand", "Stand"]
    assert (booking["quantity"], booking["amount"]) == (3, 4500)
    assert stock(customer, event) == (7, [3, 4])
    customer.post(f"/bookings/{booking['id']}/cancel")
    assert stock(customer, event) == (10, [4, 6])


def test_a_quantity_is_enough_where_there_is_one_type(customer, make_typed):
    event = make_typed(SEAT)
    booking = customer.post("/bookings", {"event_id": event["id"], "quantity": 2}).json
    assert booking["items"][0]["ticket_type_id"] == event["ticket_types"][0]["id"]
    assert booking["amount"] == 5000
    assert stock(customer, event) == (2, [2])


def test_with_several_types_a_quantity_alone_is_not_acceptable(customer, make_typed):
    event = make_typed(SEAT, STAND)
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": 2})
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"items"}
    assert stock(customer, event) == (10, [4, 6])


def test_an_order_says_either_quantity_or_items(customer, make_typed):
    event = make_typed(SEAT)
    for body in (lines(event, 1) | {"quantity": 1}, {"event_id": event["id"]}):
        problem = assert_problem(customer.post("/bookings", body), 422, "validation_failed")
        assert problem["errors"].keys() == {"quantity"}


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([], "items"),
        (None, "items"),
        ("seat", "items"),
        ([{}], "items"),
        ([{"ticket_type_id": "0" * 24}], "items"),
        ([{"ticket_type_id": "x", "quantity": 1}], "items"),
        ([{"ticket_type_id": "0" * 24, "quantity": 0}], "items"),
        ([{"ticket_type_id": "0" * 24, "quantity": 1, "price": 1}], "items"),
        ([{"ticket_type_id": "0" * 24, "quantity": 1}] * 2, "items"),
        ([{"ticket_type_id": "0" * 24, "quantity": 1}], "items.0.ticket_type_id"),
    ],
)
def test_unacceptable_items_are_named_and_book_nothing(customer, make_typed, items, field):
    event = make_typed(SEAT, STAND)
    response = customer.post("/bookings", {"event_id": event["id"], "items": items})
    assert all(name.startswith(field) for name in assert_problem(response, 422, "validation_failed")["errors"])
    assert stock(customer, event) == (10, [4, 6])


def test_an_event_without_types_has_none_that_items_could_name(customer, organizer):
    event = make_event(organizer)
    body = {"event_id": event["id"], "items": [{"ticket_type_id": str(ObjectId()), "quantity": 1}]}
    assert_problem(customer.post("/bookings", body), 422, "validation_failed")


def test_the_limits_of_type_and_event_hold_for_one_booking(customer, make_typed):
    event = make_typed(SEAT | {"max_per_booking": 2}, STAND, max_per_booking=4)
    for quantities, field in (((3, 0), "items.0.quantity"), ((2, 3), "quantity")):
        problem = assert_problem(customer.post("/bookings", lines(event, *quantities)), 422, "validation_failed")
        assert problem["errors"].keys() == {field}
    assert customer.post("/bookings", lines(event, 2, 2)).status_code == 201


def test_not_on_sale_says_which_type_and_when(customer, make_typed, clock):
    window = {"sale_starts": "2030-01-01T13:00:00Z", "sale_ends": "2030-01-01T13:59:59.500Z"}
    event = make_typed(SEAT, STAND | window)
    for hours, status in ((0, 409), (1, 201), (1, 409)):
        clock.advance(hours=hours)
        response = customer.post("/bookings", lines(event, 1, 1))
        assert response.status_code == status
        if status == 409:
            problem = assert_problem(response, 409, "not_on_sale")
            assert problem["ticket_type_id"] == event["ticket_types"][1]["id"]
            assert {name: problem[name] for name in window} == window
    assert stock(customer, event) == (8, [3, 5])


def test_sold_out_says_which_type_and_how_many_are_left(customer, make_typed):
    event = make_typed(SEAT, STAND)
    customer.post("/bookings", lines(event, 3))
    problem = assert_problem(customer.post("/bookings", lines(event, 2, 1)), 409, "sold_out")
    assert (problem["available_tickets"], problem["ticket_type_id"]) == (1, event["ticket_types"][0]["id"])
    assert stock(customer, event) == (7, [1, 6])


def test_a_new_price_holds_for_new_bookings_only(customer, organizer, make_typed):
    event = make_typed(SEAT)
    seat = event["ticket_types"][0]["id"]
    old = customer.post("/bookings", lines(event, 1)).json
    changes = {"ticket_types": [{"id": seat, "price": 3000, "name": "Chair"}]}
    assert organizer.patch(f"/events/{event['id']}", changes).status_code == 200
    kept = customer.get(f"/bookings/{old['id']}").json
    assert (kept["amount"], kept["items"], kept["tickets"]) == (2500, old["items"], old["tickets"])
    new = customer.post("/bookings", lines(event, 1)).json
    assert (new["amount"], new["items"][0]["name"]) == (3000, "Chair")


def test_the_event_has_the_sums_of_its_types_whatever_happens(customer, organizer, make_typed):
    event = make_typed(SEAT, STAND)
    customer.post("/bookings", lines(event, 2, 1))
    seat, stand = (kind["id"] for kind in event["ticket_types"])
    grown = organizer.patch(
        f"/events/{event['id']}",
        {
            "ticket_types": [
                {"id": stand, "total": 1},
                {"id": seat, "total": 9},
                {"name": "Box", "price": 0, "total": 5},
            ]
        },
    ).json
    assert [(kind["name"], kind["total"], kind["available"]) for kind in grown["ticket_types"]] == [
        ("Stand", 1, 0),
        ("Seat", 9, 7),
        ("Box", 5, 5),
    ]
    assert (grown["total_tickets"], grown["available_tickets"]) == (15, 12)
    customer.post("/bookings", lines(grown, 0, 3, 1))
    assert stock(customer, event) == (8, [0, 4, 4])


def test_a_sold_type_can_be_neither_removed_nor_shrunk_below_its_sale(customer, organizer, make_typed):
    event = make_typed(SEAT, STAND)
    customer.post("/bookings", lines(event, 2))
    seat, stand = (kind["id"] for kind in event["ticket_types"])
    for types in ([{"id": stand}], [{"id": seat, "total": 1}, {"id": stand}], []):
        response = organizer.patch(f"/events/{event['id']}", {"ticket_types": types})
        assert assert_problem(response, 409, "tickets_already_sold")["tickets_taken"] == 2
    assert stock(customer, event) == (8, [2, 6])


def test_a_removed_type_cannot_be_booked(customer, organizer, make_typed):
    event = make_typed(SEAT, STAND)
    keep = event["ticket_types"][0]["id"]
    assert organizer.patch(f"/events/{event['id']}", {"ticket_types": [{"id": keep}]}).json["total_tickets"] == 4
    assert_problem(customer.post("/bookings", lines(event, 0, 1)), 422, "validation_failed")
