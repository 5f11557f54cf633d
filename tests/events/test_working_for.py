"""What it means to work for an event: seeing it, being listed, and losing both at once. On the real server."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.storage.client import connect

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..builders import make_event
from ..pids import CALM_SECONDS


@pytest.fixture
def ada(as_real_role):
    """An organizer, whose events others work for."""
    return as_real_role("organizer")


@pytest.fixture
def bob(as_real_role):
    """A customer, who is to work for events of others."""
    return as_real_role("customer")


def hire(organizer, event, person, role="manager"):
    """Put somebody on the staff of an event."""
    answer = organizer.call("PUT", f"/events/{event['id']}/staff", {"email": person.user["email"], "role": role})
    assert answer.status_code == 200, answer.json


def fire(organizer, event, person):
    """Take somebody off the staff of an event."""
    assert organizer.delete(f"/events/{event['id']}/staff/{person.user['id']}").status_code == 204


def listed(person, limit=100):
    """Everything on the list of one's events, page by page: ids and roles."""
    found, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = person.get("/users/me/events", query_string=query).json
        found += [(event["id"], event["my_role"]) for event in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_the_list_has_ones_own_events_and_those_one_works_for_newest_first(as_real_role, ada, bob):
    carol = as_real_role("organizer")
    made = [make_event(organizer, status=status) for status in ("draft", "published") for organizer in (ada, carol)]
    of_ada, of_carol = made[0::2], made[1::2]
    hire(ada, of_ada[0], carol, "scanner"), hire(ada, of_ada[1], bob), hire(carol, of_carol[1], bob, "scanner")
    newest_first = {event["id"]: None for event in reversed(made)}
    roles = dict.fromkeys([each["id"] for each in of_carol], "owner") | {of_ada[0]["id"]: "scanner"}
    expected = [(event_id, roles[event_id]) for event_id in newest_first if event_id in roles]
    for limit in (1, 2, 100):
        assert listed(carol, limit) == expected
    assert listed(bob) == [(of_carol[1]["id"], "scanner"), (of_ada[1]["id"], "manager")]
    assert [role for _, role in listed(ada)] == ["owner"] * 2


def test_the_list_stays_complete_while_events_and_roles_are_added(ada, bob):
    early = [make_event(ada) for _ in range(6)]
    for event in early[::2]:
        hire(ada, event, bob)
    first = bob.get("/users/me/events", query_string={"limit": 2}).json
    late = make_event(ada)
    hire(ada, late, bob), hire(ada, early[1], bob)
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = bob.get("/users/me/events", query_string=query).json
    seen = [event["id"] for event in first["items"] + rest["items"]]
    assert seen == [early[at]["id"] for at in (4, 2, 1, 0)]


def test_a_page_of_the_list_reads_little_more_than_its_events(real_app, ada, bob, database):
    event = make_event(ada)
    stored = database["events"].find_one({"_id": ObjectId(event["id"])})
    user_id, other = ObjectId(bob.user["id"]), ObjectId(ada.user["id"])
    rows = [
        stored
        | {"_id": ObjectId(), "organizer_id": user_id if number % 5 == 0 else other}
        | {"staff": [{"user_id": user_id if number % 5 == 1 else ObjectId(), "role": "scanner"}]}
        for number in range(2000)
    ]
    database["events"].insert_many(rows)
    database.command("profile", 2)
    assert len(bob.get("/users/me/events", query_string={"limit": 20}).json["items"]) == 20
    database.command("profile", 0)
    (read,) = database["system.profile"].find({"op": "query", "ns": f"{database.name}.events"})
    assert read["docsExamined"] <= 45 and read["keysExamined"] <= 45, (read["docsExamined"], read["keysExamined"])
    assert not read.get("hasSortStage")
    assert len(listed(bob)) == 800


def test_a_draft_is_seen_by_who_works_for_it_and_by_nobody_else(real_app, as_real_role, ada, bob):
    draft = make_event(ada, status="draft")
    hire(ada, draft, bob, "scanner")
    path = f"/events/{draft['id']}"
    assert bob.get(path).json == ada.get(path).json
    assert bob.get(f"{path}/calendar.ics").status_code == 200
    for other in (as_real_role("customer"), as_real_role("organizer"), Api(real_app.test_client())):
        assert_problem(other.get(path), 404, "event_not_found")
    fire(ada, draft, bob)
    assert_problem(bob.get(path), 404, "event_not_found")


def test_a_role_counts_and_ends_at_once_on_every_worker(mongod, database, ada, bob, outgoing):
    client = connect(mongod.replace("/?", f"/{database.name}?"), seconds=CALM_SECONDS)
    other = Api(create_app(SETTINGS, database=client, sender=outgoing).test_client(), bob.token)
    event = make_event(ada)
    path = f"/events/{event['id']}/history"
    assert_problem(other.get(path), 403, "wrong_role")
    hire(ada, event, bob)
    assert other.get(path).status_code == 200
    hire(ada, event, bob, "scanner")
    assert_problem(other.get(path), 403, "wrong_role")
    hire(ada, event, bob)
    assert other.patch(f"/events/{event['id']}", {"venue": "Attic"}).status_code == 200
    fire(ada, event, bob)
    assert_problem(other.patch(f"/events/{event['id']}", {"venue": "Cellar"}), 403, "wrong_role")
    client.client.close()


def test_people_hired_at_the_same_time_are_all_on_the_staff_and_edits_are_kept(real_app, as_real_role, ada):
    event, people = make_event(ada), [as_real_role("customer") for _ in range(8)]

    def at_once(person):
        api = Api(real_app.test_client(), ada.token)
        hire(api, event, person, "scanner")
        return api.patch(f"/events/{event['id']}", {"tags": ["busy"]}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(at_once, people)) == [200] * 8
    staff = ada.get(f"/events/{event['id']}/staff").json["items"]
    assert {each["user"]["id"] for each in staff} == {person.user["id"] for person in people}
    rows = ada.get(f"/events/{event['id']}/history", query_string={"limit": 100}).json["items"]
    assert [row["action"] for row in rows].count("staff.added") == 8


def test_what_everybody_reads_leaves_the_staff_in_the_database(real_app, ada, bob):
    event = make_event(ada)
    hire(ada, event, bob)
    events, event_id = services_of(real_app)[EventStore], ObjectId(event["id"])
    assert "staff" in events.find(event_id)
    assert "staff" not in events.find_many([event_id])[0]
