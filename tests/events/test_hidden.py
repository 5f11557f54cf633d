"""Hidden ticket types: what their organizer says of them, and what everybody else sees of the event."""

import pytest

from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import event_fields, make_event
from .hidden_types import DEAR, OPEN, PRESS, VIP, edit_types, names, numbers, stored, unlock_all, with_types

LINKED = {"Accept": "application/ld+json"}
ALL = ["Open", "VIP", "Dear"], 15, 15, 100, 9900
SHOWN = ["Open", "Dear"], 10, 10, 2500, 9900


@pytest.fixture
def made(organizer):
    """An event with a hidden type between two that are shown, as its organizer sees it."""
    return with_types(organizer, OPEN, VIP, DEAR)


@pytest.fixture
def path(made):
    """Where it is."""
    return f"/events/{made['id']}"


@pytest.fixture
def database(app):
    """The database of the app."""
    return services_of(app)[EventStore].collection.database


def test_who_makes_an_event_sees_which_of_its_types_are_hidden(organizer, made, path):
    assert [each["hidden"] for each in made["ticket_types"]] == [False, True, False]
    assert numbers(made) == ALL
    assert organizer.get(path).json == made
    assert numbers(organizer.get("/users/me/events").json["items"][0]) == ALL
    assert organizer.patch(path, {"venue": "Attic"}).json["ticket_types"] == made["ticket_types"]


def test_others_see_an_event_as_if_it_had_no_hidden_type(client, customer, as_role, made, path):
    for api in (client, customer, as_role("organizer")):
        assert numbers(api.get(path).json) == SHOWN
        assert "VIP" not in api.get(path).text
    (listed,) = client.get("/events").json["items"]
    assert listed == client.get(path).json
    assert numbers(listed) == SHOWN


def test_the_list_is_the_publics_for_its_organizer_too(organizer, made):
    assert numbers(organizer.get("/events").json["items"][0]) == SHOWN


def test_an_event_with_no_hidden_type_stores_nothing_of_them(organizer, database):
    event = with_types(organizer, OPEN, DEAR | {"hidden": False})
    edited = edit_types(organizer, event, {"hidden": False}, {"price": 1})
    row = stored(database, edited)
    assert "shown_available" not in row and not any("hidden" in each for each in row["ticket_types"])
    assert "shown_available" not in stored(database, make_event(organizer))


@pytest.mark.parametrize("role", ["manager", "scanner"])
def test_who_works_for_an_event_sees_all_of_its_types(organizer, customer, made, path, role):
    member = {"email": customer.user["email"], "role": role}
    assert organizer.call("PUT", f"{path}/staff", member).status_code == 200
    assert numbers(customer.get(path).json) == ALL
    assert numbers(customer.get("/users/me/events").json["items"][0]) == ALL
    organizer.delete(f"{path}/staff/{customer.user['id']}")
    assert numbers(customer.get(path).json) == SHOWN


def test_a_key_of_the_organizer_sees_all_of_them(client, organizer, as_role, made, path):
    for owner, seen in ((organizer, ALL), (as_role("organizer"), SHOWN)):
        key = owner.post("/api-keys", {"name": "Shop", "scopes": ["events:read"]}).json["key"]
        response = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert (response.status_code, numbers(response.json)) == (200, seen)


def test_a_type_stays_hidden_until_it_is_said_not_to_be(client, organizer, made, path):
    edited = edit_types(organizer, made, {}, {"price": 200}, {})
    assert [each["hidden"] for each in edited["ticket_types"]] == [False, True, False]
    edited = edit_types(organizer, made, {}, {"hidden": False}, {"hidden": True})
    assert [each["hidden"] for each in edited["ticket_types"]] == [False, False, True]
    assert numbers(client.get(path).json) == (["Open", "VIP"], 11, 11, 200, 2500)


@pytest.mark.parametrize("value", [None, "true", 1, []])
def test_only_true_and_false_say_whether_a_type_is_hidden(organizer, value):
    body = event_fields(ticket_types=[OPEN | {"hidden": value}])
    problem = assert_problem(organizer.post("/events", body), 422, "validation_failed")
    assert list(problem["errors"]) == ["ticket_types.0.hidden"]


def test_an_event_may_have_hidden_types_alone(client, organizer):
    event = with_types(organizer, VIP, PRESS)
    assert numbers(event) == (["VIP", "Press"], 8, 8, 100, 50_000)
    response = client.get(f"/events/{event['id']}")
    assert numbers(response.json) == ([], 0, 0, 0, 0)
    assert response.json["waitlist"] == {"open": False, "waiting": 0}
    assert client.get(f"/events/{event['id']}", headers=LINKED).json["offers"] == []


def test_search_engines_are_offered_shown_types_alone(client, organizer, made, path):
    assert [each["name"] for each in client.get(path, headers=LINKED).json["offers"]] == ["Open", "Dear"]
    assert [each["name"] for each in organizer.get(path, headers=LINKED).json["offers"]] == ["Open", "VIP", "Dear"]


def test_hiding_is_in_the_history_and_other_edits_say_nothing_of_it(organizer, made, path):
    edit_types(organizer, made, {"hidden": False}, {"hidden": True}, {})
    assert [row["action"] for row in organizer.get(f"{path}/history").json["items"]] == ["event.created"]
    edit_types(organizer, made, {"hidden": True}, {"hidden": False}, {})
    row = organizer.get(f"{path}/history").json["items"][0]
    flags = [[each["hidden"] for each in row[name]["ticket_types"]] for name in ("before", "after")]
    assert flags == [[False, True, False], [True, False, False]]


def test_who_has_a_code_sees_what_it_unlocks(app, client, organizer):
    event = with_types(organizer, OPEN, VIP, PRESS)
    asked = unlock_all(app, "VIP")
    seen = client.get(f"/events/{event['id']}", query_string={"code": "friends"})
    assert numbers(seen.json) == (["Open", "VIP"], 11, 11, 100, 2500)
    assert [each["hidden"] for each in seen.json["ticket_types"]] == [False, True]
    offers = client.get(f"/events/{event['id']}", query_string={"code": "friends"}, headers=LINKED).json["offers"]
    assert [each["name"] for each in offers] == ["Open", "VIP"]
    assert asked == ["friends", "friends"]


def test_a_code_that_unlocks_nothing_shows_what_everybody_sees(app, client, made, path):
    assert_problem(client.get(path, query_string={"code": "friends"}), 422, "code_unknown")
    unlock_all(app)
    assert numbers(client.get(path, query_string={"code": "friends"}).json) == SHOWN


def test_who_runs_an_event_sees_all_of_it_whatever_the_code(app, organizer, made, path):
    asked = unlock_all(app)
    assert names(organizer.get(path, query_string={"code": "friends"}).json) == ["Open", "VIP", "Dear"]
    assert asked == []


@pytest.mark.parametrize("query", ["code=", f"code={'x' * 65}", "code=%00", "kode=VIP", "code=VIP&x=1"])
def test_a_code_that_cannot_be_one_is_refused(client, made, path, query):
    assert_problem(client.get(f"{path}?{query}"), 422, "validation_failed")


def test_a_code_shows_nothing_of_a_draft(app, client, organizer):
    asked = unlock_all(app, "VIP")
    event = with_types(organizer, OPEN, VIP, status="draft")
    assert_problem(client.get(f"/events/{event['id']}", query_string={"code": "friends"}), 404, "event_not_found")
    assert asked == []


def test_the_tag_that_others_get_tells_nothing_of_hidden_sales(client, made, path, database):
    before = client.get(path)
    hidden = {"ticket_types.name": "VIP"}
    database["events"].update_one(
        hidden, {"$inc": {"ticket_types.$.available": -1, "available_tickets": -1, "revision": 1}}
    )
    after = client.get(path)
    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
