"""Who works for an event: put on its staff by its organizer, and seen nowhere else."""

import pytest
from bson import ObjectId

from booking_api.accounts.store import UserStore
from booking_api.events import history, staff_rules
from booking_api.events.change_store import ChangeStore
from booking_api.events.staff import AS_ADDED
from booking_api.events.staff_routes import LOOKUPS
from booking_api.events.store import EventStore
from booking_api.http import pagination
from booking_api.http.services import services_of
from booking_api.storage.sort import Page, Position

from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import make_event, sign_up


def put(organizer, event, person, role="manager"):
    """Put somebody on the staff of an event."""
    return organizer.call("PUT", f"/events/{event['id']}/staff", {"email": person.user["email"], "role": role})


def staff_of(organizer, event):
    """The names and roles of those who work for an event."""
    answer = organizer.get(f"/events/{event['id']}/staff").json
    assert answer["next_cursor"] is None
    return [(each["user"]["name"], each["role"]) for each in answer["items"]]


def rows_of(organizer, event):
    """What was recorded of an event, the latest first."""
    rows = organizer.get(f"/events/{event['id']}/history").json["items"]
    return [(row["action"], row["before"], row["after"]) for row in rows]


def test_any_account_can_be_staff_and_is_listed_in_the_order_of_adding(organizer, as_role, event):
    people = [as_role("customer", name="Cem"), as_role("organizer", name="Ada"), as_role("customer", name="Bea")]
    for person, role in zip(people, ("scanner", "manager", "scanner"), strict=True):
        answer = put(organizer, event, person, role)
        user = {name: person.user[name] for name in ("id", "name", "email")}
        assert (answer.status_code, answer.json) == (200, {"user": user, "role": role})
    assert staff_of(organizer, event) == [("Cem", "scanner"), ("Ada", "manager"), ("Bea", "scanner")]


def test_the_list_has_pages_that_stay_complete_while_people_come_and_go(organizer, as_role, event):
    people = [as_role("customer", name=name) for name in ("Ann", "Bob", "Cem")]
    for person in people:
        put(organizer, event, person)
    path = f"/events/{event['id']}/staff"

    def page(cursor=None):
        answer = organizer.get(path, query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        return [each["user"]["name"] for each in answer["items"]], answer["next_cursor"]

    names, cursor = page()
    assert names == ["Ann", "Bob"]
    put(organizer, event, as_role("customer", name="Dora"))
    organizer.delete(f"{path}/{people[0].user['id']}")
    assert page(cursor) == (["Cem", "Dora"], None)
    organizer.delete(f"{path}/{people[1].user['id']}")
    assert page(cursor)[1] is None
    for query in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}):
        assert_problem(organizer.get(path, query_string=query), 422, "validation_failed")


@pytest.mark.parametrize("place", ["x", -7, 2**62, ObjectId()])
def test_a_cursor_that_somebody_has_made_up_is_no_failure(organizer, event, place):
    made_up = pagination.answer(Page([], Position(place, ObjectId())), AS_ADDED)["next_cursor"]
    answer = organizer.get(f"/events/{event['id']}/staff", query_string={"cursor": made_up})
    assert (answer.status_code, answer.json) == (200, {"items": [], "next_cursor": None})


def test_an_email_is_found_whatever_the_case_of_its_letters(organizer, customer, event):
    email = customer.user["email"].upper()
    answer = organizer.call("PUT", f"/events/{event['id']}/staff", {"email": email, "role": "scanner"})
    assert answer.json["user"]["id"] == customer.user["id"]


def test_once_more_changes_the_role_and_the_same_changes_nothing(app, organizer, customer, event):
    put(organizer, event, customer, "scanner")
    put(organizer, event, customer, "manager")
    stored = services_of(app)[EventStore].find(ObjectId(event["id"]))
    assert put(organizer, event, customer, "manager").status_code == 200
    assert staff_of(organizer, event) == [(customer.user["name"], "manager")]
    assert services_of(app)[EventStore].find(ObjectId(event["id"])) == stored


def test_somebody_removed_is_gone_and_cannot_be_removed_again(organizer, customer, event):
    put(organizer, event, customer)
    path = f"/events/{event['id']}/staff/{customer.user['id']}"
    assert organizer.delete(path).status_code == 204
    assert staff_of(organizer, event) == []
    assert_problem(organizer.delete(path), 404, "not_on_staff")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "nobody@example.com", "role": "manager"}, 404, "user_not_found"),
        ({"email": "nobody@example.com", "role": "owner"}, 422, "validation_failed"),
        ({"email": "nobody", "role": "manager"}, 422, "validation_failed"),
        ({"email": "nobody@example.com"}, 422, "validation_failed"),
        ({"role": "manager"}, 422, "validation_failed"),
        ({"email": "nobody@example.com", "role": "manager", "note": ""}, 422, "validation_failed"),
        ({"email": {"$gt": ""}, "role": ["manager"]}, 422, "validation_failed"),
    ],
)
def test_what_is_nobody_or_no_role_is_refused(organizer, event, body, status, code):
    assert_problem(organizer.call("PUT", f"/events/{event['id']}/staff", body), status, code)
    assert staff_of(organizer, event) == []


def test_an_organizer_cannot_be_staff_of_their_own_event(organizer, event):
    assert_problem(put(organizer, event, organizer), 409, "organizer_needs_no_role")


def test_an_event_has_only_so_many_staff_and_those_can_be_changed(organizer, as_role, event, monkeypatch):
    monkeypatch.setattr(staff_rules, "MOST_STAFF", 2)
    first, second, third = (as_role("customer") for _ in range(3))
    put(organizer, event, first), put(organizer, event, second)
    assert_problem(put(organizer, event, third), 409, "too_many_staff")
    assert put(organizer, event, first, "scanner").status_code == 200
    assert len(staff_of(organizer, event)) == 2


def test_every_change_is_in_the_history_by_id_and_none_in_the_feed(app, organizer, customer, event):
    told = services_of(app)[ChangeStore].collection.count_documents({})
    put(organizer, event, customer, "scanner"), put(organizer, event, customer, "manager")
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night"})
    organizer.delete(f"/events/{event['id']}/staff/{customer.user['id']}")
    user_id = customer.user["id"]
    as_scanner, as_manager = ({"staff": {"user_id": user_id, "role": role}} for role in ("scanner", "manager"))
    nobody = {"staff": None}
    assert rows_of(organizer, event)[:4] == [
        ("staff.removed", as_manager, nobody),
        ("event.updated", {"title": "Jazz night"}, {"title": "Blues night"}),
        ("staff.changed", as_scanner, as_manager),
        ("staff.added", nobody, as_scanner),
    ]
    assert customer.user["email"] not in organizer.get(f"/events/{event['id']}/history").text
    assert services_of(app)[ChangeStore].collection.count_documents({}) == told + 1
    assert organizer.get(f"/events/{event['id']}/changes").json["next_after"] == 2


def test_changes_of_staff_are_kept_as_long_as_all_others(organizer, customer, event, monkeypatch):
    monkeypatch.setattr(history, "MOST_ROWS", 3)
    other = make_event(organizer)
    for role in ("scanner", "manager", "scanner", "manager", "scanner"):
        put(organizer, event, customer, role)
    actions = [(action, after["staff"]["role"]) for action, _, after in rows_of(organizer, event)]
    assert actions == [("staff.changed", role) for role in ("scanner", "manager", "scanner")]
    assert len(rows_of(organizer, other)) == 1


def test_staff_are_in_no_answer_about_the_event(app, organizer, client, customer, event):
    path = f"/events/{event['id']}"
    before = client.get(path)
    put(organizer, event, customer)
    for api in (client, organizer, customer):
        after = api.get(path)
        assert after.json == before.json
        assert after.headers["ETag"].partition(".")[0] == before.headers["ETag"].partition(".")[0]
    for answer in (client.get("/events"), organizer.get("/users/me/events"), client.get(f"{path}/calendar.ics")):
        assert customer.user["id"] not in answer.text
    edited = organizer.patch(path, {"venue": "Attic"}, headers={"If-Match": before.headers["ETag"]})
    assert (edited.status_code, edited.headers["ETag"]) == (200, client.get(path).headers["ETag"])


def test_a_published_draft_with_staff_has_one_tag_for_who_writes_and_who_reads(organizer, customer):
    draft = make_event(organizer, status="draft")
    put(organizer, draft, customer)
    for _ in range(2):
        answer = organizer.post(f"/events/{draft['id']}/publish")
        assert answer.headers["ETag"] == organizer.get(f"/events/{draft['id']}").headers["ETag"]


def test_an_account_that_is_gone_is_left_out_and_can_be_removed(app, organizer, as_role, event):
    gone, there = as_role("customer"), as_role("customer", name="Bea")
    put(organizer, event, gone), put(organizer, event, there)
    services_of(app)[UserStore].collection.delete_one({"_id": ObjectId(gone.user["id"])})
    assert staff_of(organizer, event) == [("Bea", "manager")]
    assert organizer.delete(f"/events/{event['id']}/staff/{gone.user['id']}").status_code == 204


def test_nobody_can_ask_endlessly_whose_an_email_is(clock, outgoing, monkeypatch):
    app = mongomock_app(clock, outgoing, ratelimit_enabled=True)
    monkeypatch.setattr("booking_api.http.rate_limits.SharedCounts.hit", _counting())
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    event = make_event(organizer)
    most = LOOKUPS.items["subject"].amount
    answers = [put(organizer, event, customer).status_code for _ in range(most + 1)]
    assert answers == [200] * most + [429]


def _counting():
    """Counts in memory as `SharedCounts.hit`, for which mongomock lacks an operator."""
    counts = {}

    def hit(_self, item, *key):
        counts[item, key] = counts.get((item, key), 0) + 1
        return counts[item, key] <= item.amount, 2e9, max(0, item.amount - counts[item, key])

    return hit
