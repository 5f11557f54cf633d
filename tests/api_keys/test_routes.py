"""API keys: made, listed and deleted by organizers; what each of them opens."""

import re

import pytest
from bson import ObjectId

from booking_api.api_keys import rules
from booking_api.api_keys.service import ApiKeyService
from booking_api.api_keys.store import ApiKeyStore
from booking_api.auth import api_keys
from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import make_event, sign_up

READ = {"name": "Reader", "scopes": ["events:read", "bookings:read"]}


def make(organizer, **fields):
    """Make a key."""
    answer = organizer.post("/api-keys", READ | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def client_of(app, made):
    """A client that sends a key."""
    return Api(app.test_client(), made["key"])


def test_a_key_is_shown_once_and_stored_as_a_digest(app, organizer, event, clock):
    made = make(organizer, event_id=event["id"], expires_at="2031-01-01T00:00:00+01:00")
    assert re.fullmatch("bk_[0-9a-f]{56}", made["key"])
    assert made == READ | {
        "id": made["id"],
        "key": made["key"],
        "event_id": event["id"],
        "expires_at": "2030-12-31T23:00:00Z",
        "created_at": "2030-01-01T12:00:00Z",
        "last_used_at": None,
    }
    (listed,) = organizer.get("/api-keys").json["items"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    stored = str(services_of(app)[ApiKeyStore].collection.find_one())
    assert made["key"] not in stored and made["key"].removeprefix("bk_")[:48] not in stored


def test_no_two_keys_are_alike(organizer):
    assert len({make(organizer)["key"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["staff"]}, "scopes.0"),
        ({"scopes": ["events:read", "events:read"]}, "scopes"),
        ({"scopes": "events:read"}, "scopes"),
        ({"event_id": "x"}, "event_id"),
        ({"expires_at": "2030-01-01T12:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"key": "bk_mine"}, "key"),
    ],
)
def test_what_no_key_can_have_is_refused(organizer, fields, field):
    answer = organizer.post("/api-keys", READ | fields)
    assert assert_problem(answer, 422, "validation_failed")["errors"].keys() == {field}
    assert organizer.get("/api-keys").json["items"] == []


def test_a_key_is_limited_only_to_an_event_that_one_works_for(as_role, organizer):
    other, event = as_role("organizer"), make_event(organizer)
    draft = make_event(organizer, status="draft")
    for event_id, status, code in (
        (event["id"], 403, "not_your_event"),
        (draft["id"], 404, "event_not_found"),
        (str(ObjectId()), 404, "event_not_found"),
    ):
        assert_problem(other.post("/api-keys", READ | {"event_id": event_id}), status, code)
    entry = {"email": other.user["email"], "role": "scanner"}
    organizer.call("PUT", f"/events/{draft['id']}/staff", entry)
    assert make(other, event_id=draft["id"])["event_id"] == draft["id"]


def test_an_organizer_has_only_so_many_keys(organizer, as_role, monkeypatch):
    monkeypatch.setattr(rules, "MOST_KEYS", 2)
    first, _ = make(organizer), make(organizer)
    assert_problem(organizer.post("/api-keys", READ), 409, "too_many_api_keys")
    make(as_role("organizer"))
    assert organizer.delete(f"/api-keys/{first['id']}").status_code == 204
    make(organizer)


def test_a_request_sent_again_makes_one_key_and_shows_it_again(organizer):
    headers = {"Idempotency-Key": "door"}
    answers = [organizer.post("/api-keys", READ, headers=headers) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert len(organizer.get("/api-keys").json["items"]) == 1


def test_an_attempt_whose_answer_was_lost_is_replaced(app, organizer):
    key_id, organizer_id = ObjectId(), ObjectId(organizer.user["id"])
    with app.app_context():
        fields = READ | {"event_id": None, "expires_at": None}
        lost, made = (services_of(app)[ApiKeyService].create(organizer_id, fields, key_id) for _ in range(2))
    assert len(organizer.get("/api-keys").json["items"]) == 1
    assert client_of(app, made).get("/users/me/events").status_code == 200
    assert_problem(client_of(app, lost).get("/users/me/events"), 401, "token_invalid")


def test_keys_are_listed_newest_first_page_by_page_and_to_their_organizer_alone(organizer, as_role, clock):
    made = []
    for _ in range(3):
        made.append(make(organizer)["id"])
        clock.advance(seconds=1)
    first = organizer.get("/api-keys", query_string={"limit": 2}).json
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = organizer.get("/api-keys", query_string=query).json
    assert [key["id"] for key in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    other = as_role("organizer")
    assert other.get("/api-keys").json["items"] == []
    assert_problem(other.delete(f"/api-keys/{made[0]}"), 404, "api_key_not_found")


def test_a_key_acts_for_its_organizer_within_its_scopes(app, organizer):
    draft = make_event(organizer, status="draft")
    key = client_of(app, make(organizer))
    assert key.get(f"/events/{draft['id']}").json == organizer.get(f"/events/{draft['id']}").json
    assert key.get("/users/me/events").json == organizer.get("/users/me/events").json
    problem = assert_problem(key.patch(f"/events/{draft['id']}", {"venue": "Attic"}), 403, "scope_missing")
    assert problem["detail"] == "This needs an API key with the scope events:write."
    writing = client_of(app, make(organizer, scopes=["events:write"]))
    assert writing.patch(f"/events/{draft['id']}", {"venue": "Attic"}).status_code == 200
    made = make_event(writing)
    assert organizer.get(f"/events/{made['id']}/history").json["items"][0]["actor"]["id"] == organizer.user["id"]


def test_a_key_does_nothing_that_its_organizer_may_not(app, organizer, as_role):
    event = make_event(as_role("organizer"))
    key = client_of(app, make(organizer, scopes=["events:write", "bookings:read", "events:read"]))
    assert_problem(key.patch(f"/events/{event['id']}", {"venue": "Attic"}), 403, "not_your_event")
    assert_problem(key.get(f"/events/{event['id']}/bookings"), 403, "not_your_event")
    assert key.get(f"/events/{event['id']}").status_code == 200  # as anybody


def test_a_key_for_one_event_knows_no_other(app, organizer):
    event, other = make_event(organizer), make_event(organizer)
    key = client_of(app, make(organizer, event_id=event["id"], scopes=["events:read", "events:write", "webhooks"]))
    assert key.get(f"/events/{event['id']}").status_code == 200
    assert [each["id"] for each in key.get("/users/me/events").json["items"]] == [event["id"]]
    assert_problem(key.get(f"/events/{other['id']}"), 403, "scope_missing")
    assert_problem(key.post("/events", {}), 403, "scope_missing")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key[:10] + ("0" if key[10] != "0" else "1") + key[11:],
        lambda key: key.upper().replace("BK_", "bk_", 1) + "Z",
        lambda key: f"{key} {key}",
        lambda _key: "bk_",
        lambda _key: "bk_" + "€" * 40,
        lambda _key: "bk_" + "0" * 5000,
        lambda _key: api_keys.new_key(),
    ],
)
def test_a_key_that_is_malformed_or_unknown_is_refused_like_a_token(app, organizer, spoil):
    header = f"Bearer {spoil(make(organizer)['key'])}".encode().decode("latin-1")
    for path in ("/users/me/events", "/users/me"):
        answer = app.test_client().get(f"/api/v1{path}", headers={"Authorization": header})
        assert_problem(answer, 401, "token_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_key_says_so_and_a_deleted_one_is_unknown(app, organizer, clock):
    made, other = make(organizer, expires_at="2030-01-01T12:01:00Z"), make(organizer)
    key = client_of(app, made)
    assert key.get("/users/me/events").status_code == 200
    clock.advance(minutes=1)
    assert_problem(key.get("/users/me/events"), 401, "token_expired")
    assert client_of(app, other).get("/users/me/events").status_code == 200
    assert organizer.delete(f"/api-keys/{other['id']}").status_code == 204
    assert_problem(client_of(app, other).get("/users/me/events"), 401, "token_invalid")


def test_a_key_has_192_random_bits_and_a_checksum():
    made = api_keys.new_key()
    assert api_keys.is_well_formed(made) and not api_keys.is_well_formed(made.upper())
    assert len(made) == 59 and api_keys.SECRET_BYTES * 8 >= 192


def test_a_key_of_an_organizer_whose_email_is_unverified_writes_to_nobody(clock, outgoing):
    app = mongomock_app(clock, outgoing, require_verified_email=True)
    organizer = sign_up(app, "organizer")
    key = client_of(app, make(organizer, scopes=["events:write"]))
    assert_problem(key.post("/events", {}), 403, "email_unverified")
