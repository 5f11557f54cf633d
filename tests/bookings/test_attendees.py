"""Names on tickets: when they are booked, and afterwards."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import book, hold, make_event

TYPES = [{"name": "Seat", "price": 2500, "total": 5}, {"name": "Stand", "price": 1000, "total": 5}]
ADA = {"attendee_name": "Ada Łódź", "attendee_email": "ada@example.com"}
NOBODY = {"attendee_name": None, "attendee_email": None}


@pytest.fixture
def typed(organizer):
    """An event with two types."""
    return make_event(organizer, ticket_types=TYPES, total_tickets=10)


@pytest.fixture
def booking(customer, event):
    """A booking of two tickets."""
    return book(customer, event, 2)


def order(customer, event, *items):
    """Book items: a quantity and attendees of each type."""
    ids = [kind["id"] for kind in event["ticket_types"]]
    lines = [
        {"ticket_type_id": type_id, "quantity": quantity} | ({} if attendees is None else {"attendees": attendees})
        for type_id, (quantity, attendees) in zip(ids, items, strict=True)
    ]
    return customer.post("/bookings", {"event_id": event["id"], "items": lines})


def names(booking):
    """Who comes, ticket by ticket."""
    return [(ticket["ticket_type"], ticket["attendee_name"], ticket["attendee_email"]) for ticket in booking["tickets"]]


def path(booking, number=0):
    """Where a ticket is changed."""
    return f"/bookings/{booking['id']}/tickets/{booking['tickets'][number]['id']}"


@pytest.mark.parametrize("of_type", [{}, {"ticket_type_id": None}])
def test_attendees_of_an_event_without_types_are_named_with_its_tickets(customer, organizer, event, typed, of_type):
    who = [{"name": "Ada Łódź", "email": "ada@example.com"}]
    item = of_type | {"quantity": 2, "attendees": who}
    made = customer.post("/bookings", {"event_id": event["id"], "items": [item]})
    assert made.status_code == 201, made.json
    named = [{name: ticket[name] for name in NOBODY} for ticket in made.json["tickets"]]
    assert named == [ADA, NOBODY] and made.json["items"][0]["ticket_type_id"] is None
    only = make_event(organizer, ticket_types=TYPES[:1], total_tickets=5)
    assert customer.post("/bookings", {"event_id": only["id"], "items": [item]}).json["items"][0]["name"] == "Seat"
    several = {"event_id": typed["id"], "items": [item]}
    first = {"ticket_type_id": only["ticket_types"][0]["id"], "quantity": 1}
    mixed = {"event_id": only["id"], "items": [first, item]}
    for body in (several, mixed, {"event_id": event["id"], "items": [item, item]}):
        assert assert_problem(customer.post("/bookings", body), 422, "validation_failed")["errors"].keys() == {"items"}


def test_attendees_are_named_in_the_order_of_their_item(customer, organizer, typed):
    ann, ben, cyd = {"name": " Ann "}, {"name": "Ben", "email": "ben@example.com"}, {"name": "Cyd", "email": None}
    answer = order(customer, typed, (3, [ann, ben]), (2, [cyd]))
    assert answer.status_code == 201
    expected = [
        *(("Seat", "Ann", None), ("Seat", "Ben", "ben@example.com"), ("Seat", None, None)),
        *(("Stand", "Cyd", None), ("Stand", None, None)),
    ]
    assert names(answer.json) == names(customer.get(f"/bookings/{answer.json['id']}").json) == expected
    assert names(organizer.get(f"/events/{typed['id']}/bookings").json["items"][0]) == expected
    assert "Ben,ben@example.com" in organizer.get(f"/events/{typed['id']}/attendees.csv").text


def test_one_item_alone_may_have_attendees(customer, typed):
    assert [name for _, name, _ in names(order(customer, typed, (1, None), (1, [{"name": "Ann"}])).json)] == [
        None,
        "Ann",
    ]


@pytest.mark.parametrize(
    "attendees",
    [
        [{"name": "Ann"}] * 3,
        [{"name": ""}],
        [{"name": "x" * 101}],
        [{"name": "a\nb"}],
        [{"name": None}],
        [{"email": "a@example.com"}],
        [{"name": "Ann", "email": "nowhere"}],
        [{"name": "Ann", "email": "a@" + "x" * 300 + ".com"}],
        [{"name": "Ann", "age": 7}],
        ["Ann"],
        "Ann",
        None,
    ],
)
def test_attendees_are_bounded_like_accounts_and_no_more_than_the_tickets(customer, typed, attendees):
    ids = [kind["id"] for kind in typed["ticket_types"]]
    items = [{"ticket_type_id": ids[0], "quantity": 2, "attendees": attendees}]
    problem = assert_problem(
        customer.post("/bookings", {"event_id": typed["id"], "items": items}), 422, "validation_failed"
    )
    assert all(field.startswith("items.0.attendees") for field in problem["errors"])


def test_a_ticket_gets_a_name_and_loses_it_again(customer, booking):
    first, second = booking["tickets"]
    tag = customer.get(f"/bookings/{booking['id']}").headers["ETag"]
    answer = customer.patch(path(booking), ADA)
    assert (answer.status_code, answer.json) == (200, first | ADA)
    read = customer.get(f"/bookings/{booking['id']}", headers={"If-None-Match": tag})
    assert read.json["tickets"] == [first | ADA, second]
    assert customer.patch(path(booking), {"attendee_email": None}).json == first | ADA | {"attendee_email": None}
    assert customer.patch(path(booking), NOBODY).json == first


def test_the_organizer_sees_the_name_without_the_code(customer, organizer, event, booking):
    customer.patch(path(booking), ADA)
    seen = organizer.get(f"/events/{event['id']}/bookings/{booking['id']}").json["tickets"][0]
    assert {name: seen[name] for name in ADA} == ADA and "code" not in seen


@pytest.mark.parametrize(
    "body",
    [{}, {"attendee_name": ""}, {"attendee_name": "x" * 101}, {"attendee_email": "x"}, {"name": "Ada"}, {"code": "x"}],
)
def test_a_name_is_bounded_like_that_of_an_account(customer, booking, body):
    assert_problem(customer.patch(path(booking), body), 422, "validation_failed")


def test_tickets_of_others_and_tickets_that_are_none_are_not_found(as_role, customer, event, booking):
    assert_problem(as_role("customer").patch(path(booking), ADA), 404, "booking_not_found")
    wrong = booking | {"tickets": [{"id": str(ObjectId())}]}
    assert_problem(customer.patch(path(wrong), ADA), 404, "ticket_not_found")
    other = book(customer, event)
    assert_problem(customer.patch(path(booking | {"tickets": other["tickets"]}), ADA), 404, "ticket_not_found")


def test_a_ticket_on_hold_may_have_a_name_and_a_cancelled_one_may_not(app, customer, event, booking):
    held = hold(customer, event)
    assert customer.patch(path(held), ADA).json["status"] == "held"
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [booking["tickets"][0]["id"]]})
    assert_problem(customer.patch(path(booking), ADA), 409, "ticket_cancelled")
    assert customer.patch(path(booking, 1), ADA).status_code == 200
    for status in ("cancelled", "expired"):
        services_of(app)[BookingStore].collection.update_many({}, {"$set": {"status": status}})
        assert_problem(customer.patch(path(booking, 1), ADA), 409, "ticket_cancelled")


def test_names_and_cancels_at_once_are_all_kept(as_real_role, database):
    customer = as_real_role("customer")
    made = book(customer, make_event(as_real_role("organizer")), 8)

    def change(number):
        if number % 2:
            return customer.patch(path(made, number), {"attendee_name": f"Guest {number}"}).status_code
        ids = {"ticket_ids": [made["tickets"][number]["id"]]}
        return customer.post(f"/bookings/{made['id']}/cancel", ids).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(change, range(8))) == {200}
    stored = database["bookings"].find_one({})
    assert [ticket.get("attendee_name") for ticket in stored["tickets"]] == [
        f"Guest {number}" if number % 2 else None for number in range(8)
    ]
    assert [bool(ticket.get("cancelled_at")) for ticket in stored["tickets"]] == [True, False] * 4
    assert (stored["quantity"], stored["version"]) == (4, 9)
