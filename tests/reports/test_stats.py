"""The numbers of an event on the real server: what counts as what, on which day, and that they always add up."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from ..builders import book, event_fields, hold, make_event
from .made import bookings, store


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


def stats_of(organizer, event):
    """The numbers of an event."""
    answer = organizer.get(f"/events/{event['id']}/stats")
    assert answer.status_code == 200, answer.json
    return answer.json


def sold_by_day(organizer, database, zone, *times):
    """The tickets sold on each day, where one is booked at each of these times in UTC."""
    event = make_event(organizer, timezone="UTC")
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    early = min(moments) - timedelta(days=3)
    for moment in moments:
        store(database, bookings(event["id"], [ObjectId()], 1, since=moment))
    database["events"].update_one({"_id": ObjectId(event["id"])}, {"$set": {"timezone": zone, "created_at": early}})
    days = stats_of(organizer, event)["by_day"]
    assert [day["revenue"] for day in days] == [2500 * day["sold"] for day in days]
    assert sorted(days, key=lambda day: day["date"]) == days
    return {day["date"]: day["sold"] for day in days}


def test_an_event_nobody_has_booked_has_one_implicit_type(organizer):
    nothing = {"sold": 0, "held": 0, "revenue": 0}
    assert stats_of(organizer, make_event(organizer)) == {
        **nothing,
        **{"total": 10, "available": 10, "cancelled": 0, "waiting": 0, "offered": 0, "checked_in": 0, "refunded": 0},
        "by_ticket_type": [{"ticket_type_id": None, "name": None, "total": 10, "available": 10, **nothing}],
        "by_day": [],
    }


def test_each_ticket_counts_as_what_its_booking_is(organizer, customer, database):
    types = [{"name": "Seat", "price": 2500, "total": 6}, {"name": "Stand", "price": 1000, "total": 20}]
    fields = {name: value for name, value in event_fields(ticket_types=types).items() if name != "total_tickets"}
    event = organizer.post("/events", fields).json
    seat, stand = [kind["id"] for kind in event["ticket_types"]]

    def order(hold, **quantities):
        items = [
            {"ticket_type_id": {"seat": seat, "stand": stand}[name], "quantity": n} for name, n in quantities.items()
        ]
        answer = customer.post("/bookings", {"event_id": event["id"], "items": items, "hold": hold})
        assert answer.status_code == 201, answer.json
        return answer.json

    order(False, seat=2, stand=3)
    scanned = order(False, stand=1)
    order(True, seat=1, stand=1)
    cancelled, expired = order(False, seat=1, stand=1), order(True, stand=5)
    in_part = order(False, seat=2)
    customer.post(f"/bookings/{in_part['id']}/cancel", {"ticket_ids": [in_part["tickets"][0]["id"]]})
    customer.post(f"/bookings/{cancelled['id']}/cancel")
    database["bookings"].update_one({"_id": ObjectId(expired["id"])}, {"$set": {"status": "expired"}})
    back = {"available_tickets": 5, "ticket_types.1.available": 5}  # as the expiry does
    database["events"].update_one({"_id": ObjectId(event["id"])}, {"$inc": back})
    database["bookings"].update_one(
        {"_id": ObjectId(scanned["id"])}, {"$set": {"tickets.0.checked_in_at": datetime.now(UTC)}}
    )
    sold_at = datetime.fromisoformat(event["created_at"])  # all on one day, even if it is midnight meanwhile
    database["bookings"].update_many({}, {"$set": {"created_at": sold_at}})
    found = stats_of(organizer, event)
    (day,) = found.pop("by_day")
    assert (day["sold"], day["revenue"]) == (7, 11500)
    assert found == {
        **{
            "total": 26,
            "sold": 7,
            "held": 2,
            "available": 17,
            "cancelled": 3,
            "waiting": 0,
            "offered": 0,
            "checked_in": 1,
        },
        **{"revenue": 11500, "refunded": 0},
        "by_ticket_type": [
            {"ticket_type_id": seat, "name": "Seat", "total": 6, "sold": 3, "held": 1, "available": 2, "revenue": 7500},
            {
                "ticket_type_id": stand,
                "name": "Stand",
                "total": 20,
                "sold": 4,
                "held": 1,
                "available": 15,
                "revenue": 4000,
            },
        ],
    }


def test_days_begin_at_midnight_of_the_events_zone_when_clocks_go_back(organizer, database):
    assert sold_by_day(
        *(organizer, database, "Europe/Berlin"),
        *("2026-10-24T21:59:59.999", "2026-10-24T22:00", "2026-10-25T00:30", "2026-10-25T01:30"),
        *("2026-10-25T22:59:59", "2026-10-25T23:00"),
    ) == {"2026-10-24": 1, "2026-10-25": 4, "2026-10-26": 1}


def test_days_begin_at_midnight_of_the_events_zone_when_clocks_go_forward(organizer, database):
    assert sold_by_day(
        *(organizer, database, "Europe/Berlin"),
        *("2026-03-28T22:59:59", "2026-03-28T23:00", "2026-03-29T00:59", "2026-03-29T01:00"),
        *("2026-03-29T21:59:59", "2026-03-29T22:00", "2026-03-30T22:00"),
    ) == {"2026-03-28": 1, "2026-03-29": 4, "2026-03-30": 1, "2026-03-31": 1}


def test_a_zone_may_be_half_an_hour_off(organizer, database):
    times = ("2026-05-31T18:29:59", "2026-05-31T18:30", "2026-06-01T18:29")
    assert sold_by_day(organizer, database, "Asia/Kolkata", *times) == {"2026-05-31": 1, "2026-06-01": 2}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe"])
def test_a_zone_that_is_not_known_any_more_counts_as_utc(organizer, database, zone):
    assert sold_by_day(organizer, database, zone, "2026-05-31T23:59:59", "2026-06-01T00:00") == {
        "2026-05-31": 1,
        "2026-06-01": 1,
    }


def test_days_without_sales_are_left_out(organizer, customer):
    event = make_event(organizer)
    hold(customer, event)
    assert stats_of(organizer, event)["by_day"] == []
    book(customer, event, 2)
    (day,) = stats_of(organizer, event)["by_day"]
    assert Counter(day) == Counter({"date": day["date"], "sold": 2, "revenue": 0})


def test_revenue_is_what_was_to_be_paid_with_codes(organizer, customer):
    types = [{"name": "Seat", "price": 2500, "total": 6}, {"name": "Stand", "price": 1000, "total": 20}]
    fields = {name: value for name, value in event_fields(ticket_types=types).items() if name != "total_tickets"}
    event = organizer.post("/events", fields).json
    seat, stand = [kind["id"] for kind in event["ticket_types"]]
    code = {"code": "SAVE", "kind": "percent", "value": 10, "ticket_type_ids": [seat]}
    assert organizer.post(f"/events/{event['id']}/codes", code).status_code == 201
    items = [{"ticket_type_id": seat, "quantity": 2}, {"ticket_type_id": stand, "quantity": 1}]
    order = {"event_id": event["id"], "items": items, "code": "SAVE"}
    assert customer.post("/bookings", order).status_code == 201
    stats = stats_of(organizer, event)
    assert stats["revenue"] == sum(day["revenue"] for day in stats["by_day"]) == 5500
    assert [kind["revenue"] for kind in stats["by_ticket_type"]] == [4500, 1000]


def test_what_went_back_is_counted(organizer, customer, database):
    event = make_event(organizer)
    for refunded in (0, 700):
        booking = customer.post("/bookings", {"event_id": event["id"], "quantity": 1}).json
        money = {"payment": {"paid": 6000, "refunded": refunded}}
        database["bookings"].update_one({"_id": ObjectId(booking["id"])}, {"$set": money})
    assert stats_of(organizer, event)["refunded"] == 700
