"""The event of the demo whose door is open: some people are in, and some were refused."""

from collections import Counter
from datetime import timedelta

from booking_api.check_ins.store import ScanStore
from booking_api.clock import now
from booking_api.development import demo_data, demo_world
from booking_api.development.demo_world import World
from booking_api.http.services import services_of

from .test_demo import run, world


def scans(app):
    """The scans, by what became of them."""
    rows = services_of(app)[ScanStore].collection.find({"event_id": World.id_of(demo_data.DOOR_EVENT)})
    return Counter(row["code"] or row["outcome"] for row in rows)


def test_some_are_in_and_the_event_is_about_to_begin(real_app):
    assert run(real_app)[0] == 0
    assert scans(real_app) == {"created": 3, "conflict": 1, "ticket_cancelled": 1}
    event = world(real_app)[0][demo_data.DOOR_EVENT]
    assert timedelta(minutes=50) < event["date"] - now() < timedelta(minutes=61)
    assert event["used_lists"] == ["main"]


def test_a_second_run_scans_nothing_again(real_app):
    run(real_app)
    before = scans(real_app)
    assert run(real_app)[0] == 0
    assert scans(real_app) == before


def test_without_bookings_nobody_is_in(real_app, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo_world, "BOOKINGS", demo_data.BOOKINGS[:3])
        assert run(real_app)[0] == 0
    assert scans(real_app) == {}
    assert run(real_app)[0] == 0
    assert scans(real_app)["created"] == 3
