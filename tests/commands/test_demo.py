"""The demo: a little world, made once, that can be looked at as it says."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_api import create_app
from booking_api.bookings.cancellation import EventCancellation
from booking_api.bookings.examples import BOOKING, BOOKING_OF_ITEMS, CODES
from booking_api.bookings.store import BookingStore
from booking_api.clock import now
from booking_api.development import demo_data, demo_world
from booking_api.development.demo_world import World
from booking_api.events.service import EventService
from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.storage.indexes import Stores
from booking_api.waitlist.store import WaitlistStore
from booking_api.webhooks import examples as webhooks

from .. import contract
from ..apps import SETTINGS, run_jobs
from ..processes import CHECKOUT, Service, flask

SECONDS = 60
COLLECTIONS = ("users", "events", "bookings", "api_keys", "promo_codes")


def run(app, *args):
    """Run the command: its exit status and what it printed."""
    with app.app_context():  # `flask --app wsgi` pushes it
        result = app.test_cli_runner().invoke(args=["demo", *args])
    return result.exit_code, result.output


def world(app):
    """What is in the database: the events, and the bookings by their status."""
    services = services_of(app)
    events = {event["title"]: event for event in services[EventStore].collection.find()}
    return events, Counter(booking["status"] for booking in services[BookingStore].collection.find())


def test_the_world_is_as_varied_as_a_real_one_and_its_books_are_right(real_app):
    status, printed = run(real_app)
    assert status == 0, printed
    assert "8 events, 15 bookings." in printed
    events, bookings = world(real_app)
    assert bookings == {"confirmed": 11, "held": 3, "cancelled": 2}
    assert len({event["currency"] for event in events.values()}) >= 4
    assert len({event["timezone"] for event in events.values()}) >= 4
    assert events["Chef's table"]["available_tickets"] == 0
    assert events["Lagos design week"]["status"] == "draft"
    assert all(event["date"] > now() for event in events.values())
    with real_app.app_context():
        audit = real_app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output


def waiting_list(app):
    """What has become of those who wait, in order."""
    return [(each["quantity"], each["status"]) for each in services_of(app)[WaitlistStore].collection.find()]


def test_a_sold_out_event_has_a_list_whose_first_is_offered_a_ticket(real_app):
    run(real_app)
    chef = world(real_app)[0]["Chef's table"]
    assert waiting_list(real_app) == [(2, "offered"), (1, "waiting"), (4, "waiting")]
    assert (chef["available_tickets"], chef["waitlist"]["waiting"]) == (0, 2)


def test_a_second_run_changes_nothing_and_says_so(real_app):
    run(real_app)
    before = world(real_app), waiting_list(real_app)
    status, printed = run(real_app)
    assert (status, (world(real_app), waiting_list(real_app))) == (0, before)
    assert "was there already" in printed


@pytest.fixture
def aged(indexed, database, outgoing):
    """Makes the demo world, and gives an app whose clock is 40 days on: some of its events are past by then.

    Both clocks stand still, or it could be midnight in one of its zones in between, and 41 days.
    """
    start = now()
    first, made = (
        create_app(SETTINGS, database=database, sender=outgoing, clock=lambda days=days: start + timedelta(days=days))
        for days in (0, 40)
    )
    services_of(first)[Stores].ensure_indexes()
    assert run(first)[0] == 0
    services_of(first)[JobRunner].stop()
    yield made
    services_of(made)[JobRunner].stop()


def test_an_old_world_says_how_old_it_is_and_how_to_renew_it(aged):
    before = world(aged)
    status, printed = run(aged)
    assert status == 0, printed
    assert "made 40 days ago; 5 of its events have begun: `flask --app wsgi demo --refresh` moves them" in printed
    assert world(aged)[0] == before[0]


def test_a_refreshed_world_is_in_the_future_with_its_bookings_and_tells_nobody(aged, outgoing):
    before, booked = world(aged)
    early = before["Tokyo Python evening"]["ticket_types"][0]
    status, printed = run(aged, "--refresh")
    assert status == 0, printed
    assert "8 of its events have new dates" in printed
    after, still_booked = world(aged)
    days = {title: (event["date"] - before[title]["date"]).days for title, event in after.items()}
    assert set(days.values()) <= {39, 40}  # by an hour less where the clocks change
    moved = after["Tokyo Python evening"]["ticket_types"][0]
    assert (moved["_id"], moved["available"]) == (early["_id"], early["available"])
    assert (moved["sale_ends"] - early["sale_ends"]).days == 40 and moved["sale_starts"] is None
    assert still_booked == booked
    run_jobs(aged)
    assert not [message for message in outgoing.messages if "updat" in message.line.lower()]
    with aged.app_context():
        assert aged.test_cli_runner().invoke(args=["audit"]).exit_code == 0


def test_what_was_changed_or_cancelled_in_the_world_stays_so_when_it_is_refreshed(aged):
    services = services_of(aged)
    titles = ("Jazz night", "Chef's table", "Stand-up marathon")
    jazz, chef, comedy = (World.id_of(title) for title in titles)
    olga, kenji, amara = (World.id_of(person["email"]) for person in demo_data.ORGANIZERS)
    services[EventService].update(jazz, olga, {"venue": "Elsewhere"}, check=lambda _event: None, notify=False)
    services[EventCancellation].cancel(chef, kenji, None)
    with_new_type = {"ticket_types": [{"name": "Balcony", "price": 1, "total": 1}]}
    kept = [{"id": kind["_id"]} for kind in services[EventStore].find(comedy)["ticket_types"]]
    with_new_type["ticket_types"] += kept
    services[EventService].update(comedy, amara, with_new_type, check=lambda _event: None, notify=False)
    before = world(aged)[0]
    status, printed = run(aged, "--refresh")
    assert status == 0, printed
    assert "7 of its events have new dates" in printed
    after = world(aged)[0]
    assert after["Jazz night"]["venue"] == "Elsewhere"
    assert after["Chef's table"] == before["Chef's table"]
    assert [kind["name"] for kind in after["Stand-up marathon"]["ticket_types"]] == ["Balcony", "General", "Front row"]


def test_what_the_documentation_shows_to_be_sent_exists_in_the_demo(real_app):
    run(real_app)
    events, _ = world(real_app)
    database = services_of(real_app)[EventStore].collection.database
    there = {str(row["_id"]) for name in COLLECTIONS for row in database[name].find({}, {"_id": 1})}
    there |= {str(kind["_id"]) for event in events.values() for kind in event["ticket_types"]}
    shown = set()
    there |= {webhooks.WEBHOOK["id"], webhooks.DELIVERY["id"]}  # a demo has no receiver that could be called
    for methods in contract.document()["paths"].values():
        for parameter in methods.get("parameters", ()):
            shown.add(parameter.get("example", f"no example of {parameter['name']}"))
        bodies = [operation.get("requestBody") for operation in methods.values() if isinstance(operation, dict)]
        shown |= set(re.findall('"([0-9a-f]{24})"', json.dumps(bodies)))
    assert len(shown) >= 4
    tickets = {ticket["id"] for booking in (BOOKING, BOOKING_OF_ITEMS) for ticket in booking["tickets"]}
    assert shown - tickets - {CODES[0]} <= there  # their ids and codes are random, in the demo too
    open_event = contract.document()["paths"]["/api/v1/events/{event_id}"]["parameters"][0]["example"]
    assert open_event == str(events["Reading in the park"]["_id"])


@pytest.mark.usefixtures("indexed")
def test_the_lines_name_the_address_of_the_settings(database, outgoing):
    made = create_app(replace(SETTINGS, host="::1", port=8123), database=database, sender=outgoing, clock=now)
    services_of(made)[Stores].ensure_indexes()
    assert "API=http://[::1]:8123/api/v1;" in run(made)[1]
    assert "API=http://shop.example/api/v1;" in run(made, "--url", "http://shop.example")[1]


def test_a_run_that_was_cut_short_is_made_whole_by_the_next(real_app, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo_world, "EVENTS", demo_data.EVENTS[:3])
        run(real_app)
    status, printed = run(real_app)
    assert status == 0
    assert "15 bookings" in printed
    assert world(real_app)[1] == {"confirmed": 11, "held": 3, "cancelled": 2}


@pytest.fixture
def production(indexed, database, outgoing):
    """The app in production mode."""
    made = create_app(replace(SETTINGS, mongodb_uri="mongodb://db"), database=database, sender=outgoing, clock=now)
    services_of(made)[Stores].ensure_indexes()
    return made


def test_production_has_no_demo_unless_forced_and_then_a_password_that_nobody_knows(production):
    status, printed = run(production)
    assert status == 1
    assert "--force" in printed
    assert world(production) == ({}, {})
    status, first = run(production, "--force")
    password = re.search("Everybody's password: (.*)", first)[1]
    assert status == 0
    assert len(password) >= 16
    assert password not in run(production, "--force")[1]


def test_a_real_person_with_an_address_of_the_demo_is_left_alone(real_app, as_real_role):
    as_real_role("customer", email=demo_data.ORGANIZERS[0]["email"])
    status, printed = run(real_app)
    assert status == 1
    assert "Somebody real" in printed


@pytest.mark.server
def test_the_lines_it_prints_work_as_they_are_pasted(var_dir):
    with Service(var_dir) as service:
        done = flask("demo", **service.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout[done.stdout.index("API=") :]
        pasted = subprocess.run(["bash", "-euc", lines], capture_output=True, timeout=SECONDS, cwd=CHECKOUT, check=True)
    decoder, text = json.JSONDecoder(), pasted.stdout.decode()
    events, end = decoder.raw_decode(text)
    booking, _ = decoder.raw_decode(text[end:].lstrip())
    assert len(events["items"]) == 3
    assert (booking["status"], booking["quantity"]) == ("confirmed", 2)
