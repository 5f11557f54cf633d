"""The demo: a little world, made once, that can be looked at as it says."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import replace

import pytest

from booking_api import create_app
from booking_api.bookings.store import BookingStore
from booking_api.clock import now
from booking_api.development import demo_world
from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.storage.indexes import Stores

from ..apps import SETTINGS
from ..processes import CHECKOUT, Service, flask

SECONDS = 60


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
    assert "6 events, 9 bookings." in printed
    events, bookings = world(real_app)
    assert bookings == {"confirmed": 7, "held": 1, "cancelled": 1}
    assert len({event["currency"] for event in events.values()}) >= 4
    assert len({event["timezone"] for event in events.values()}) >= 4
    assert events["Chef's table"]["available_tickets"] == 0
    assert events["Lagos design week"]["status"] == "draft"
    assert all(event["date"] > now() for event in events.values())
    with real_app.app_context():
        audit = real_app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output


def test_a_second_run_changes_nothing_and_says_so(real_app):
    run(real_app)
    before = world(real_app)
    status, printed = run(real_app)
    assert (status, world(real_app)) == (0, before)
    assert "was there already" in printed


def test_a_run_that_was_cut_short_is_made_whole_by_the_next(real_app, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo_world, "EVENTS", demo_world.EVENTS[:3])
        run(real_app)
    status, printed = run(real_app)
    assert status == 0
    assert "9 bookings" in printed
    assert world(real_app)[1] == {"confirmed": 7, "held": 1, "cancelled": 1}


@pytest.fixture
def production(database, outgoing):
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
    as_real_role("customer", email=demo_world.ORGANIZERS[0]["email"])
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
