"""What lists find by the shown ticket types of an event, and what is counted for that. On the real server."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.bookings import rules
from booking_api.bookings.audit import Audit
from booking_api.events.migrations import renew
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..builders import book, make_event
from ..pids import CALM_SECONDS
from .hidden_types import DEAR, OPEN, PRESS, VIP, edit_types, stored, with_types

BUYERS, ROUNDS = 8, 12


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def store(real_app):
    """The store of the app's events."""
    return services_of(real_app)[EventStore]


def faults(app):
    """What the audit finds."""
    return [fault for found in services_of(app)[Audit].check() for fault in found]


def titles(api, **query):
    response = api.get("/events", query_string=query | {"sort": "title", "count": "true"})
    found = "".join(event["title"] for event in response.json["items"])
    assert response.json["total"] == len(found)
    return found


def take(customer, event, *quantities):
    """Book so many tickets of each type, in their order; hidden ones too, as they were unlocked."""
    types = zip(event["ticket_types"], quantities, strict=True)
    items = [{"ticket_type_id": each["id"], "quantity": quantity} for each, quantity in types if quantity]
    response = customer.post("/bookings", {"event_id": event["id"], "items": items})
    return response.json if response.status_code == 201 else None


@pytest.fixture
def _all_unlocked(monkeypatch):
    """Let every order have all types: codes come from another package."""
    monkeypatch.setattr(rules, "orderable", lambda event, _unlocked: event["ticket_types"])


def test_an_event_is_available_by_its_shown_types_alone(organizer, customer):
    shown = with_types(organizer, OPEN | {"total": 1}, VIP, title="A")
    with_types(organizer, VIP, title="B")
    make_event(organizer, title="C", total_tickets=1)
    with_types(organizer, OPEN | {"total": 0}, DEAR, title="D")
    assert titles(customer, available="true") == "ACD"
    assert titles(customer, available="false") == "B"
    booked = take(customer, shown, 1, 0)
    assert (titles(customer, available="true"), titles(customer, available="false")) == ("CD", "AB")
    customer.post(f"/bookings/{booked['id']}/cancel")
    assert (titles(customer, available="true"), titles(customer, available="false")) == ("ACD", "B")
    assert titles(customer) == "ABCD"


def test_a_highest_price_is_met_by_shown_types_alone(organizer, customer):
    event = with_types(organizer, OPEN, VIP, title="A")
    with_types(organizer, VIP, title="B")
    make_event(organizer, title="C")
    assert titles(customer, price_max="2499") == "C"
    assert titles(customer, price_max="2500") == "AC"
    edit_types(organizer, event, {"hidden": True}, {"hidden": False})
    assert titles(customer, price_max="100") == "AC"
    edit_types(organizer, event, {"hidden": True}, {"hidden": True})
    assert titles(customer, price_max="50000") == "C"


@pytest.mark.usefixtures("_all_unlocked")
def test_every_sale_and_edit_keeps_the_count(real_app, database, organizer, customer):
    def count():
        assert faults(real_app) == []
        return stored(database, event).get("shown_available")

    event = with_types(organizer, OPEN, VIP, DEAR)
    assert count() == 10
    first = take(customer, event, 2, 3, 1)
    assert count() == 7
    take(customer, event, 0, 1, 0)
    assert count() == 7
    tickets = [ticket["id"] for ticket in first["tickets"] if ticket["ticket_type"] != "Dear"]
    assert customer.post(f"/bookings/{first['id']}/cancel", {"ticket_ids": tickets[1:]}).status_code == 200
    assert count() == 8
    edit_types(organizer, event, {}, {}, {"total": 9})
    assert count() == 13
    edit_types(organizer, event, {"hidden": True}, {"hidden": False}, {})
    assert count() == 12
    edit_types(organizer, event, {"hidden": False}, {}, {})
    assert count() is None
    edit_types(organizer, event, {"hidden": True}, {"hidden": True}, {"hidden": True})
    assert count() == 0
    edit_types(organizer, event, {}, {}, {"hidden": False})
    assert organizer.post(f"/events/{event['id']}/cancel", {}).status_code == 200
    assert count() == 9


@pytest.mark.usefixtures("_all_unlocked")
def test_the_count_is_right_under_parallel_sales_and_edits(real_app, as_real_role, database, organizer):
    event = with_types(organizer, OPEN | {"total": 60}, VIP | {"total": 60}, DEAR | {"total": 60})
    buyers = [as_real_role("customer") for _ in range(BUYERS)]
    bought = threading.Semaphore(0)

    def buy(number):
        dice = random.Random(number)
        for _ in range(ROUNDS):
            booked = take(buyers[number], event, dice.randrange(3), dice.randrange(3), 1)
            if booked and dice.random() < 0.4:
                buyers[number].post(f"/bookings/{booked['id']}/cancel")
            bought.release()

    def edit():
        for number in range(BUYERS * ROUNDS):  # as many as sales: one after the other without a pause lets few through
            assert bought.acquire(timeout=CALM_SECONDS)
            edit_types(organizer, event, {"hidden": number % 3 == 0}, {"hidden": number % 2 == 0}, {})

    with ThreadPoolExecutor(BUYERS + 1) as pool:
        edits, buying = pool.submit(edit), [pool.submit(buy, number) for number in range(BUYERS)]
        for each in buying:
            each.result()
        edits.result()
    assert faults(real_app) == []
    edit_types(organizer, event, {}, {"hidden": True}, {})
    assert stored(database, event)["shown_available"] < 180
    assert faults(real_app) == []


def spoil(database, event, change):
    """Let the count be another, as a version leaves it that does not know of it."""
    database["events"].update_one({"_id": ObjectId(event["id"])}, {"$inc": {"shown_available": change}})


@pytest.mark.parametrize("change", [-6, 5])
def test_a_wrong_count_is_found_sells_all_the_same_and_is_put_right(
    real_app, database, store, organizer, customer, change
):
    event = with_types(organizer, OPEN, PRESS, title="A")
    spoil(database, event, change)
    (fault,) = faults(real_app)
    assert f"{6 + change} tickets of its shown types are on sale, as it says, and 6 are" in fault
    assert take(customer, event, 6, 0)
    assert titles(customer, available="true") == ("A" if change > 0 else "")
    assert renew(store, "shown_available") == 1 and renew(store, "shown_available") == 0
    assert (faults(real_app), titles(customer, available="true")) == ([], "")


def test_an_edit_puts_it_right_too(real_app, database, organizer):
    event = with_types(organizer, OPEN, PRESS)
    spoil(database, event, 3)
    assert organizer.patch(f"/events/{event['id']}", {"venue": "Attic"}).status_code == 200
    assert faults(real_app) == []


def test_what_is_sold_while_it_is_put_right_is_counted(real_app, database, store, organizer, customer, monkeypatch):
    event = with_types(organizer, OPEN, PRESS)
    spoil(database, event, 3)
    write, sold = store.collection.bulk_write, []

    def sell_first(changes, **options):
        if not sold:
            sold.append(book(customer, event, 2))
        return write(changes, **options)

    monkeypatch.setattr(
        type(store.collection), "bulk_write", lambda _self, *args, **options: sell_first(*args, **options)
    )
    assert renew(store, "shown_available") == 1
    assert stored(database, event)["shown_available"] == 4
    assert faults(real_app) == []
