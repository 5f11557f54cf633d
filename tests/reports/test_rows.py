"""A row for each ticket of a booking."""

import pytest
from bson import ObjectId

from booking_api.reports.rows import COLUMNS, booking_statuses, rows_of

from .made import BEGIN, bookings

CUSTOMER = ObjectId()
PEOPLE = {CUSTOMER: {"name": "Carl", "email": "carl@example.com"}}


def booking(**fields):
    """A booking of two tickets."""
    (made,) = bookings(ObjectId(), [CUSTOMER], 1, tickets=2)
    return made | fields


def test_the_columns_are_those_of_the_contract():
    assert (
        *("booking_id", "ticket_id", "ticket_type", "status", "attendee_name", "attendee_email"),
        *("customer_name", "customer_email", "price", "currency", "booked_at", "checked_in_at"),
    ) == COLUMNS


def test_each_ticket_has_a_row_with_its_booking_and_its_customer():
    made = booking()
    first, second = rows_of(made, PEOPLE)
    assert first == (
        *(str(made["_id"]), str(made["tickets"][0]["_id"]), None, "valid", None, None),
        *("Carl", "carl@example.com", 2500, "EUR", "2030-01-01T12:00:00Z", None),
    )
    assert second.ticket_id == str(made["tickets"][1]["_id"])
    assert not any("SECRET" in str(cell) for cell in first + second)


def test_a_ticket_has_the_price_of_its_own_type_and_says_who_comes():
    items = [{"name": name, "price": price, "quantity": 1} for name, price in (("Stalls", 9500), ("Balcony", 100))]
    tickets = [
        {"_id": ObjectId(), "ticket_type": "Balcony", "checked_in_at": BEGIN},
        {
            "_id": ObjectId(),
            "ticket_type": "Gone",
            "checked_in_at": None,
            "attendee_name": "Ann",
            "attendee_email": "a@x",
        },
    ]
    first, second = rows_of(booking(items=items, tickets=tickets), {})
    assert (first.price, first.checked_in_at, first.attendee_name) == (100, "2030-01-01T12:00:00Z", None)
    assert (second.price, second.attendee_name, second.attendee_email) == (None, "Ann", "a@x")
    assert (first.customer_name, first.customer_email) == (None, None)  # the account is gone


def test_the_price_is_what_was_paid_with_a_promo_code():
    items = [{"ticket_type_id": None, "name": None, "quantity": 2, "price": 2500, "reduction": 500}]
    assert {row.price for row in rows_of(booking(items=items), PEOPLE)} == {2000}


def test_a_ticket_cancelled_apart_keeps_its_price_and_is_with_the_cancelled_ones():
    gone = {"_id": ObjectId(), "ticket_type": "Gone", "checked_in_at": None, "cancelled_at": BEGIN, "price": 700}
    made = booking()
    made["tickets"].append(gone)
    (found,) = rows_of(made, PEOPLE, "cancelled")
    assert (found.ticket_id, found.status, found.price) == (str(gone["_id"]), "cancelled", 700)
    assert [row.status for row in rows_of(made, PEOPLE)] == ["valid", "valid", "cancelled"]
    assert [row.status for row in rows_of(made, PEOPLE, "valid")] == ["valid", "valid"]


@pytest.mark.parametrize(
    ("status", "statuses"),
    [("valid", ["confirmed"]), ("held", ["held"]), ("cancelled", ["cancelled", "expired"]), (None, None)],
)
def test_the_status_is_that_of_the_ticket(status, statuses):
    assert booking_statuses(status) == statuses
    for each in statuses or ():
        assert {row.status for row in rows_of(booking(status=each), PEOPLE)} == {status}
