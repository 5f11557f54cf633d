"""The names of organizers that events keep: who sees a new one when, and what it costs."""

import pymongo
import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.accounts.store import UserStore
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS, run_jobs
from ..builders import make_event
from ..commands_sent import Counting


@pytest.fixture
def olga(as_real_role):
    """Somebody who makes events, on the real server."""
    return as_real_role("organizer", name="Olga")


@pytest.fixture
def stored(real_app):
    """The collection of events."""
    return services_of(real_app)[EventStore].collection


@pytest.fixture
def guest(real_app):
    """Nobody in particular, on the real server."""
    return Api(real_app.test_client())


def test_organizers_see_their_new_name_at_once_and_others_once_the_job_has_run(app, organizer, client):
    event = make_event(organizer)
    path = f"/events/{event['id']}"
    tag = client.get(path).headers["ETag"]
    assert organizer.get(path).headers["ETag"] == tag
    organizer.patch("/users/me", {"name": "Grace"})
    own = (organizer.get(path), organizer.patch(path, {"venue": "Attic"}), organizer.post(f"{path}/publish"))
    assert [response.json["organizer"]["name"] for response in own] == ["Grace"] * 3
    assert organizer.get("/users/me/events").json["items"][0]["organizer"]["name"] == "Grace"
    assert make_event(organizer)["organizer"]["name"] == "Grace"
    shown = client.get(path)
    assert shown.json["organizer"] == event["organizer"]
    assert len({tag, shown.headers["ETag"], organizer.get(path).headers["ETag"]}) == 3
    run_jobs(app)
    assert client.get(path).json == organizer.get(path).json
    assert client.get(path).headers["ETag"] == organizer.get(path).headers["ETag"] != shown.headers["ETag"]
    assert {row["organizer"]["name"] for row in client.get("/events").json["items"]} == {"Grace"}


def test_a_renaming_is_a_revision_of_each_event_and_no_version(real_app, olga, stored):
    make_event(olga)
    olga.patch("/users/me", {"name": "Grace"})
    run_jobs(real_app)
    (event,) = stored.find()
    assert (event["organizer_name"], event["revision"], event["version"]) == ("Grace", 2, 1)


def test_a_new_language_renames_nobody(real_app, olga, stored):
    make_event(olga)
    olga.patch("/users/me", {"locale": "de"})
    run_jobs(real_app)
    assert stored.find_one()["revision"] == 1


def test_events_without_a_name_or_with_an_old_one_are_migrated(real_app, olga, as_real_role, guest, stored):
    other = as_real_role("organizer", name="Otto")
    unnamed, outdated, right, orphan = (make_event(who) for who in (olga, olga, olga, other))
    stored.update_one({"_id": ObjectId(unnamed["id"])}, {"$unset": {"organizer_name": ""}})
    stored.update_one({"_id": ObjectId(outdated["id"])}, {"$set": {"organizer_name": "Before"}})
    services_of(real_app)[UserStore].collection.delete_one({"name": "Otto"})
    with real_app.app_context():
        printed = [real_app.test_cli_runner().invoke(args=["migrate"]).output for _ in range(2)]
    assert "events: names of organizers of 3 updated" in printed[0]
    assert "events: names of organizers of 0 updated" in printed[1]
    assert guest.client.get(f"/api/v1/events/{orphan['id']}").json["organizer"] is None
    assert {event["_id"]: event.get("organizer_name") for event in stored.find()} == {
        ObjectId(event["id"]): None if event is orphan else "Olga" for event in (unnamed, outdated, right, orphan)
    }


def test_an_event_that_an_older_version_made_shows_its_organizer(guest, olga, stored):
    event = make_event(olga)
    stored.update_one({}, {"$unset": {"organizer_name": "", "revision": ""}})
    assert guest.get(f"/events/{event['id']}").json["organizer"] == event["organizer"]
    assert guest.get("/events").json["items"][0]["organizer"] == event["organizer"]
    olga.patch("/users/me", {"name": "Grace"})
    assert guest.get(f"/events/{event['id']}").json["organizer"]["name"] == "Grace"


@pytest.mark.parametrize("path", ["/events", "/events.ics", "/events/{id}", "/events/{id}/calendar.ics"])
def test_showing_events_to_everybody_is_one_command(mongod, real_app, database, olga, path):
    event, sent = make_event(olga), Counting()
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        app = create_app(SETTINGS, database=client[database.name])
        client.admin.command("ping")
        sent.seen.clear()
        assert app.test_client().get(f"/api/v1{path.format(**event)}").status_code == 200
        assert sent.seen == [("find", "events")]
