"""Documents as the first version wrote them still read, sell and add up.

`old_documents/` holds what a version wrote, taken from its database as extended JSON, one file for a version whose
documents differ from this one's. They are never edited.
"""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from bson import json_util

from booking_api import create_app
from booking_api.clock import now
from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox

from ..api import Api
from ..apps import SETTINGS, run_jobs
from ..builders import book, make_event
from ..calendars import entry_of

FOLDER = Path(__file__).parent / "old_documents"
OPTIONS = json_util.RELAXED_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture(params=sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def old(request, real_app, database):
    """The database of an older version; its documents by collection."""
    documents = json_util.loads(request.param.read_text(), json_options=OPTIONS)
    for name, rows in documents.items():
        database[name].insert_many(rows)
    return documents


@pytest.fixture
def sign_in(real_app, old):
    """Logs somebody in who has an account since then."""

    def log_in(name):
        credentials = {"email": f"{name}@example.com", "password": PASSWORD}
        session = Api(real_app.test_client()).post("/auth/login", credentials)
        assert session.status_code == 200, session.json
        return Api(real_app.test_client(), session.json["access_token"], session.json["user"])

    return log_in


@pytest.fixture
def run(real_app):
    """Runs a command: its exit status and what it printed."""

    def invoke(*args):
        with real_app.app_context():  # `flask --app wsgi` pushes it
            result = real_app.test_cli_runner().invoke(args=args)
        return result.exit_code, result.output

    return invoke


def test_old_documents_read_as_new_ones_do(real_app, old, sign_in):
    carl, olga = sign_in("carl"), sign_in("olga")
    shapes = real_app.test_client().get("/openapi.json").json["components"]["schemas"]
    events = olga.get("/users/me/events").json["items"]
    bookings = carl.get("/bookings").json["items"]
    assert {event["title"] for event in events} == {event["title"] for event in old["events"]}
    assert {booking["id"] for booking in bookings} == {str(booking["_id"]) for booking in old["bookings"]}
    for event in events:
        assert olga.get(f"/events/{event['id']}").json.keys() == shapes["EventRead"]["properties"].keys()
        entry_of(olga.get(f"/events/{event['id']}/calendar.ics").data)
        described = olga.get(f"/events/{event['id']}", headers={"Accept": "application/ld+json"})
        assert described.json["name"] == event["title"]
    for booking in bookings:
        entry_of(carl.get(f"/bookings/{booking['id']}/calendar.ics").data)
        assert carl.get(f"/bookings/{booking['id']}").json.keys() == shapes["BookingRead"]["properties"].keys()
        assert len(booking["tickets"]) == booking["quantity"]
        for ticket in booking["tickets"]:
            for form in ("", ".pdf"):
                assert carl.seen("GET", f"/t/{ticket['code']}{form}").status_code == 200
    published = [event for event in events if event["status"] == "published"]
    assert [event | {"my_role": "owner"} for event in carl.get("/events").json["items"]] == published
    for event in published:
        attendees = olga.get(f"/events/{event['id']}/bookings").json["items"]
        assert {row["customer"]["email"] for row in attendees} == {"carl@example.com"}


def test_old_events_sell_change_and_are_cancelled_and_their_books_add_up(real_app, old, sign_in, run):
    carl, olga = sign_in("carl"), sign_in("olga")
    (event,) = carl.get("/events").json["items"]
    before = event["available_tickets"]
    book(carl, event, 3)
    (confirmed,) = carl.get("/bookings", query_string={"status": "confirmed", "limit": 1}).json["items"]
    assert carl.post(f"/bookings/{confirmed['id']}/cancel").status_code == 200
    older = carl.get("/bookings", query_string={"status": "confirmed"}).json["items"]
    assert carl.post(f"/bookings/{older[0]['id']}/cancel").status_code == 200
    assert olga.patch(f"/events/{event['id']}", {"venue": "Stadthalle", "max_per_customer": 4}).status_code == 200
    now = carl.get(f"/events/{event['id']}").json
    assert now["available_tickets"] == before + older[0]["quantity"]
    book(carl, event, 4)
    assert olga.post(f"/events/{event['id']}/cancel").json["status"] == "cancelled"
    assert run("audit")[0] == 0


def test_old_jobs_are_done(real_app, old, outgoing):
    run_jobs(real_app)
    ids = [job["_id"] for job in old["outbox"]]
    jobs = services_of(real_app)[Outbox].collection.find({"_id": {"$in": ids}})
    assert [job["state"] for job in jobs] == ["done"] * len(ids)
    confirmed = [booking for booking in old["bookings"] if booking["status"] == "confirmed"]
    assert len([line for line in outgoing.lines if "confirmation" in line]) >= len(confirmed)


def test_old_events_are_found_by_their_words_once_they_are_migrated(old, sign_in, run):
    carl = sign_in("carl")
    status, printed = run("migrate")
    assert (status, printed.splitlines()[0]) == (0, f"events: search words of {len(old['events'])} updated")
    for line in ("events: title keys of {} updated", "events: least prices of {} updated"):
        assert line.format(len(old["events"])) in printed
    assert [event["title"] for event in carl.get("/events", query_string={"q": "jazz"}).json["items"]] == ["Jazz night"]
    assert [event["title"] for event in carl.get("/events", query_string={"q": "ja"}).json["items"]] == ["Jazz night"]
    assert len(carl.get("/events", query_string={"price_max": 0, "sort": "title"}).json["items"]) == 1
    printed = run("migrate")[1].splitlines()
    assert printed[0] == "events: search words of 0 updated"
    assert {"events: title keys of 0 updated", "events: least prices of 0 updated"} < set(printed)


def test_old_accounts_count_as_verified(database, outgoing, old):
    strict = create_app(replace(SETTINGS, require_verified_email=True), database=database, sender=outgoing, clock=now)
    client = Api(strict.test_client())
    session = client.post("/auth/login", {"email": "olga@example.com", "password": PASSWORD}).json
    assert session["user"]["email_verified"] is True
    make_event(Api(strict.test_client(), session["access_token"]))


def test_an_event_that_is_edited_while_it_is_migrated_keeps_the_words_of_its_edit(old, sign_in, run, monkeypatch):
    olga = sign_in("olga")
    (event,) = olga.get("/events").json["items"]
    collection = type(services_of(olga.client.application)[EventStore].collection)
    write = collection.bulk_write

    def edit_first(self, *args, **options):
        assert olga.patch(f"/events/{event['id']}", {"title": "Blues night"}).status_code == 200
        return write(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(collection, "bulk_write", edit_first)
        assert run("migrate")[0] == 0
    for word, count in (("blues", 1), ("jazz", 0)):
        assert len(olga.get("/events", query_string={"q": word}).json["items"]) == count


def test_events_with_whole_words_are_found_by_them_until_they_are_migrated(real_app, old, sign_in, run):
    carl = sign_in("carl")
    events = services_of(real_app)[EventStore].collection
    events.update_many({"title": "Jazz night"}, {"$set": {"words": ["all", "jazz", "night", "porgy"]}})

    def found(typed):
        return [event["title"] for event in carl.get("/events", query_string={"q": typed}).json["items"]]

    assert (found("Jazz"), found("porgy jazz"), found("ja")) == (["Jazz night"], ["Jazz night"], [])
    assert run("migrate")[0] == 0
    assert found("ja") == found("porg ni") == ["Jazz night"]
