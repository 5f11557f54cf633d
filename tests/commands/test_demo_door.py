"""The door of the demo: its staff, its guests' names, a ticket that was given away, and a key that is shown once."""

import re
from datetime import timedelta

import pytest

from booking_api import create_app
from booking_api.api_keys.service import ApiKeyService
from booking_api.bookings.holders import TicketHolders
from booking_api.bookings.store import BookingStore
from booking_api.clock import now
from booking_api.development import demo_door
from booking_api.development.demo_data import STAFF
from booking_api.development.demo_world import World
from booking_api.events.staff import EventStaff
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner

from ..api import Api
from ..apps import SETTINGS
from .test_demo import run

JAZZ, OLGA, CARLA = (World.id_of(name) for name in (demo_door.EVENT, demo_door.ORGANIZER, "carla@demo.example"))
BOOKING = World.id_of(f"carla@demo.example {demo_door.EVENT}")
KEY = re.compile(r"bk_\w+")


def stored(app):
    """All documents that the door is made of."""
    database = services_of(app)[BookingStore].collection.database
    return {name: list(database[name].find()) for name in ("events", "bookings", "api_keys", "history", "users")}


def tickets(app):
    """The tickets of the booking of which one was given away."""
    return services_of(app)[BookingStore].collection.find_one({"_id": BOOKING})["tickets"]


def test_an_event_has_staff_named_guests_and_a_ticket_with_a_new_holder(real_app, client):
    _, printed = run(real_app)
    at_door = services_of(real_app)[EventStaff].of_event(JAZZ, OLGA, 20, None).items
    assert {member["user"]["email"]: member["role"] for member in at_door} == {
        person["email"]: person["works_as"] for person in STAFF
    }
    assert {member["role"] for member in at_door} == {"manager", "scanner"}
    for person in STAFF:
        assert re.search(f"{person['works_as']} +{person['email']} +{person['name']}\n", printed)
    kept, given = tickets(real_app)
    assert (kept["attendee_name"], kept.get("transfers")) == ("Carla Ruiz", None)
    assert (given["attendee_name"], given["attendee_email"]) == ("Zoe Novak", "zoe@demo.example")
    assert len(given["revoked_codes"]) == len(given["transfers"]) == 1
    assert Api(real_app.test_client()).seen("GET", f"/t/{given['code']}").status_code == 200


def test_its_key_is_printed_once_and_opens_the_event_at_the_door(real_app):
    _, first = run(real_app)
    (key,) = KEY.findall(first)
    (made,) = services_of(real_app)[ApiKeyService].own(OLGA, 100, None).items
    assert (made["scopes"], made["event_id"], made["expires_at"]) == (["events:read", "check-ins"], JAZZ, None)
    scanner = Api(real_app.test_client(), token=key)
    assert scanner.get(f"/events/{JAZZ}").status_code == 200
    assert scanner.get(f"/events/{JAZZ}/bookings").json["code"] == "scope_missing"
    _, second = run(real_app)
    assert KEY.findall(second) == [] and "(as it was printed the first time)" in second
    services_of(real_app)[ApiKeyService].delete(made["_id"], OLGA)
    (other,) = KEY.findall(run(real_app)[1])
    assert other != key


def test_a_second_run_writes_nothing(real_app):
    run(real_app)
    before = stored(real_app)
    run(real_app)
    assert stored(real_app) == before


def test_what_people_did_since_stays(real_app):
    services = services_of(real_app)
    run(real_app)
    services[EventStaff].put(JAZZ, OLGA, STAFF[0]["email"], "scanner")
    kept, given = (ticket["_id"] for ticket in tickets(real_app))
    services[TicketHolders].name(BOOKING, kept, CARLA, {"attendee_name": "Cora"})
    services[TicketHolders].transfer(BOOKING, given, CARLA, BOOKING, name="Yan", email="yan@example.com")
    before = stored(real_app)
    assert run(real_app)[0] == 0
    assert stored(real_app) == before


def test_what_a_run_was_cut_short_of_is_made_by_the_next(real_app, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo_door.Door, "_give", lambda *_args: 1 / 0)
        run(real_app)
    assert "transfers" not in tickets(real_app)[1]
    status, printed = run(real_app)
    assert (status, len(KEY.findall(printed))) == (0, 1)
    assert len(tickets(real_app)[1]["transfers"]) == 1


@pytest.mark.parametrize("cancelled", [{"status": "cancelled"}, {"tickets.1.cancelled_at": now()}])
def test_a_cancelled_ticket_or_an_event_that_is_over_is_left_alone(real_app, database, outgoing, cancelled):
    bookings = services_of(real_app)[BookingStore].collection
    run(real_app)
    bookings.update_one({"_id": BOOKING}, {"$set": cancelled, "$unset": {"tickets.1.transfers": 1}})
    assert run(real_app)[0] == 0
    assert "transfers" not in tickets(real_app)[1]
    later = create_app(SETTINGS, database=database, sender=outgoing, clock=lambda: now() + timedelta(days=40))
    bookings.update_one({"_id": BOOKING}, {"$set": {"status": "confirmed"}, "$unset": {"tickets.1.cancelled_at": 1}})
    assert run(later)[0] == 0
    assert "transfers" not in tickets(real_app)[1]
    services_of(later)[JobRunner].stop()
