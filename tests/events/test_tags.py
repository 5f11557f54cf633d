"""The tag of an event: what changes it, what is rendered for it, and whose bytes are kept."""

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.clock import now
from booking_api.events import examples, representations
from booking_api.events.store import EventStore
from booking_api.http.kept_bodies import KeptBodies
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS, run_jobs
from ..builders import make_event

TYPES = [{"name": "Stalls", "price": 9500, "total": 5}, {"name": "Balcony", "price": 2500, "total": 5}]


@pytest.fixture
def path(event):
    """Where the event is."""
    return f"/events/{event['id']}"


@pytest.fixture
def kept(app):
    """The bodies that the app keeps."""
    return services_of(app)[KeptBodies]._kept


@pytest.fixture
def rendered(monkeypatch):
    """The events that are rendered from now on."""
    seen, render = [], representations._render
    monkeypatch.setattr(representations, "_render", lambda event: seen.append(event["_id"]) or render(event))
    return seen


def test_an_event_is_rendered_once_for_everybody_until_it_changes(client, as_role, organizer, path, rendered):
    customer = as_role("customer")
    bodies = {api.get(path).data for api in (client, customer, client, customer)}
    assert (len(bodies), len(rendered)) == (1, 1)
    organizer.patch(path, {"venue": "Attic"})
    rendered.clear()
    assert {client.get(path).json["venue"] for _ in range(3)} == {"Attic"}
    assert len(rendered) == 1


def test_whoever_has_an_event_already_is_answered_without_rendering(client, organizer, path, monkeypatch):
    tag = client.get(path).headers["ETag"]
    monkeypatch.setattr(representations, "_render", None)
    for api in (client, organizer):
        response = api.get(path, headers={"If-None-Match": tag})
        assert (response.status_code, response.data, response.headers["ETag"]) == (304, b"", tag)
        assert "Content-Security-Policy" not in response.headers


def test_what_an_organizer_sees_is_not_kept(app, as_role, organizer, client, path, kept):
    organizer.get(path)
    organizer.get(f"/events/{make_event(organizer, status='draft')['id']}")
    organizer.patch("/users/me", {"name": "Grace"})
    assert organizer.get(path).json["organizer"]["name"] == "Grace"
    assert not kept
    assert client.get(path).json["organizer"]["name"] != "Grace"
    assert len(kept) == 1


def test_a_description_for_search_engines_is_not_kept_and_has_another_tag(client, path, kept):
    described = client.get(path, headers={"Accept": "application/ld+json"})
    assert described.json["@type"] == "Event" and not kept
    plain = client.get(path)
    assert plain.json["id"] and plain.headers["ETag"] != described.headers["ETag"]
    again = client.get(path, headers={"Accept": "application/ld+json", "If-None-Match": described.headers["ETag"]})
    assert again.status_code == 304


def test_the_answer_to_a_write_has_the_tag_that_everybody_reads(client, organizer, clock):
    draft = organizer.post("/events", examples.NEW_DRAFT | {"ticket_types": TYPES, "total_tickets": 10})
    path = f"/events/{draft.json['id']}"
    assert organizer.get(path).headers["ETag"] == draft.headers["ETag"]
    for write in (
        lambda: organizer.post(f"{path}/publish"),
        lambda: organizer.patch(path, {"tags": ["jazz"], "end_date": "2031-03-05T20:00:00.123Z"}),
        lambda: organizer.post(f"{path}/cancel"),
    ):
        clock.advance(seconds=1.2345)
        written = write()
        assert written.status_code == 200
        assert client.get(path).headers["ETag"] == organizer.get(path).headers["ETag"] == written.headers["ETag"]
        assert client.get(path).json == written.json


def test_a_release_that_shows_an_event_otherwise_has_other_tags(client, path, monkeypatch):
    tag, render = client.get(path).headers["ETag"], representations._render
    monkeypatch.setattr(representations, "_render", lambda event: render(event).replace(b'"venue":', b'"place":'))
    representations._release.cache_clear()
    try:
        changed = client.client.get(f"/api/v1{path}")
    finally:
        representations._release.cache_clear()
    assert changed.headers["ETag"] != tag and "place" in changed.json


@pytest.fixture
def site(real_app, database, outgoing, as_real_role):
    """Two processes on one database: their guests, an organizer and an event with two types."""
    other = create_app(SETTINGS, database=database, sender=outgoing, clock=now)
    organizer = as_real_role("organizer", name="Olga")
    event = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    return [Api(real_app.test_client()), Api(other.test_client())], organizer, event


def test_every_write_is_seen_at_once_and_under_one_tag_in_all_processes(site, real_app, database, as_real_role):
    guests, organizer, event = site
    path, stored, customer = f"/events/{event['id']}", database["events"], as_real_role("customer")
    stalls = [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 1}]
    where, tags = {"_id": ObjectId(event["id"])}, set()

    def sale_of_an_older_version():
        stored.update_one(where, {"$inc": {"available_tickets": -1, "ticket_types.1.available": -1}})

    def rename():
        organizer.patch("/users/me", {"name": "Grace"})
        run_jobs(real_app)

    def delete_and_restore():
        document = stored.find_one_and_delete(where)
        stored.insert_one(document | {"created_at": now()})

    writes = {
        "nothing": lambda: None,
        "a sale": lambda: customer.post("/bookings", {"event_id": event["id"], "items": stalls}),
        "a sale of an older version": sale_of_an_older_version,
        "an edit": lambda: organizer.patch(path, {"title": "Blues night"}),
        "a renaming": rename,
        "an operator": lambda: stored.update_one(where, {"$set": {"venue": "Attic"}}),
        "another event of the same id": delete_and_restore,
        "a cancel": lambda: organizer.post(f"{path}/cancel"),
    }
    for name, write in writes.items():
        write()
        answers = [guest.get(path) for guest in (*guests, *guests)]
        assert len({answer.data for answer in answers}) == len({answer.headers["ETag"] for answer in answers}) == 1
        tag, fresh = answers[0].headers["ETag"], stored.find_one(where)
        assert tag not in tags, name
        assert [guest.get(path, headers={"If-None-Match": tag}).status_code for guest in guests] == [304, 304]
        shown = answers[0].json
        assert shown["available_tickets"] == fresh["available_tickets"]
        assert [kind["available"] for kind in shown["ticket_types"]] == [k["available"] for k in fresh["ticket_types"]]
        assert (shown["title"], shown["venue"]) == (fresh["title"], fresh["venue"])
        assert (shown["status"], shown["organizer"]["name"]) == (fresh["status"], fresh["organizer_name"])
        tags.add(tag)


def test_a_tag_from_before_a_sale_of_an_older_version_still_guards_an_edit(site, database):
    guests, organizer, event = site
    path = f"/events/{event['id']}"
    tag = guests[0].get(path).headers["ETag"]
    database["events"].update_one({}, {"$inc": {"available_tickets": -1}})
    assert organizer.patch(path, {"title": "Blues"}, headers={"If-Match": tag}).status_code == 200
    assert organizer.patch(path, {"title": "Soul"}, headers={"If-Match": tag}).status_code == 412


def test_a_created_event_has_the_tag_that_it_is_read_with(site, real_app):
    guests, organizer, _ = site
    made = organizer.post("/events", examples.NEW_EVENT_WITH_TYPES)
    assert guests[1].get(f"/events/{made.json['id']}").headers["ETag"] == made.headers["ETag"]
    assert services_of(real_app)[EventStore].find(ObjectId(made.json["id"]))["organizer_name"] == "Olga"
