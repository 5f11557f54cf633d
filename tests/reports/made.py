"""Bookings as they are stored, made without the API, where there are too many for it."""

import itertools
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from booking_api.reports.rows import Row

BEGIN = datetime(2030, 1, 1, 12, tzinfo=UTC)
PLAIN = Row(
    *("b", "t", "Stalls", "valid", None, None, "Carl", "carl@example.com", 2500, "EUR", "2030-01-01T12:00:00Z", None)
)


def bookings(event_id, customers, count, *, tickets=1, status="confirmed", since=BEGIN, step=timedelta(seconds=1)):
    """Yield so many bookings of some customers, each later than the one before by `step`."""
    for number, customer_id in zip(range(count), itertools.cycle(customers), strict=False):
        yield {
            "_id": ObjectId(),
            "event_id": ObjectId(event_id),
            "event_version": 1,
            "customer_id": ObjectId(customer_id),
            "quantity": tickets,
            "items": [{"ticket_type_id": None, "name": None, "quantity": tickets, "price": 2500}],
            "status": status,
            "amount": 2500 * tickets,
            "currency": "EUR",
            "tickets": [
                {"_id": ObjectId(), "code": f"SECRET{number}", "ticket_type": None, "checked_in_at": None}
                for _ in range(tickets)
            ],
            "confirmation": {"status": "sent", "sent_at": since},
            "hold_expires_at": None,
            "cancelled_at": None,
            "cancelled_by": None,
            "version": 1,
            "created_at": since + number * step,
        }


def store(database, made, at_once=1000):
    """Write bookings to a database."""
    made = iter(made)
    while some := list(itertools.islice(made, at_once)):
        database["bookings"].insert_many(some)


def customers(database, count, mark="made"):
    """Write so many accounts with names of their own, and return their ids."""
    people = [
        {
            "_id": ObjectId(),
            "name": f"Person {number}",
            "email": f"p{number}@example.com",
            "email_key": f"{mark}{number}",
        }
        for number in range(count)
    ]
    database["users"].insert_many(people)
    return [person["_id"] for person in people]
