"""Webhooks over HTTP: what they take, what they show, and to whom."""

import pytest
from bson import ObjectId

from booking_api.webhooks import rules

from ..asserting import assert_problem
from ..builders import make_event
from .driving import URL, make_webhook, stored


def test_a_webhook_is_shown_with_its_secret_once(organizer):
    response = organizer.post("/webhooks", {"url": URL, "types": ["event.updated", "booking.confirmed"]})
    made = response.json
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/webhooks/{made['id']}"
    assert made.pop("secret") == "whsec_0"
    assert made == {
        "id": made["id"],
        "url": URL,
        "types": ["event.updated", "booking.confirmed"],
        "event_id": None,
        "status": "active",
        "disabled_reason": None,
        "failing_since": None,
        "last_delivery_at": None,
        "created_at": "2030-01-01T12:00:00Z",
        "updated_at": "2030-01-01T12:00:00Z",
    }
    assert organizer.get(f"/webhooks/{made['id']}").json == made
    assert organizer.get("/webhooks").json == {"items": [made], "next_cursor": None}
    assert organizer.patch(f"/webhooks/{made['id']}", {"types": ["*"]}).json == made | {"types": ["*"]}


def test_the_secret_is_encrypted_where_it_is_kept(app, organizer, webhook):
    (secret,) = stored(app, webhook)["secrets"]
    assert secret["expires_at"] is None
    assert webhook["secret"].encode() not in secret["sealed"]


def test_the_same_key_makes_one_webhook_and_shows_the_same_secret(app, organizer):
    body, headers = {"url": URL, "types": ["*"]}, {"Idempotency-Key": "k"}
    first, again = (organizer.post("/webhooks", body, headers=headers).json for _ in range(2))
    assert first == again
    assert len(organizer.get("/webhooks").json["items"]) == 1


def test_a_webhook_of_one_event_names_it(organizer, event):
    assert make_webhook(organizer, event_id=event["id"])["event_id"] == event["id"]


def test_a_webhook_can_only_follow_an_event_of_its_owner(organizer, as_role):
    for event_id, status, code in (
        (make_event(as_role("organizer"))["id"], 403, "not_your_event"),
        (str(ObjectId()), 404, "event_not_found"),
    ):
        response = organizer.post("/webhooks", {"url": URL, "types": ["*"], "event_id": event_id})
        assert_problem(response, status, code)
    assert organizer.get("/webhooks").json["items"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "https://example.com/" + "x" * 2000),
        ("url", "https://10.0.0.1/"),  # which the check of targets refuses
        ("types", []),
        ("types", ["event.painted"]),
        ("types", ["event.updated", "event.updated"]),
        ("types", ["*", "event.updated"]),
        ("types", "*"),
        ("types", ["event.updated"] * 1000),
        ("event_id", "x"),
        ("secret", "whsec_mine"),
        ("status", "disabled"),
    ],
)
def test_what_is_not_acceptable_is_refused_by_its_field(organizer, field, value):
    body = {"url": URL, "types": ["*"]} | {field: value}
    problem = assert_problem(organizer.post("/webhooks", body), 422, "validation_failed")
    assert {name.partition(".")[0] for name in problem["errors"]} == {field}


def test_a_url_is_checked_when_it_is_changed_too(organizer, webhook, receiving):
    problem = assert_problem(
        organizer.patch(f"/webhooks/{webhook['id']}", {"url": receiving.REFUSED}), 422, "validation_failed"
    )
    assert problem["errors"].keys() == {"url"}
    assert organizer.get(f"/webhooks/{webhook['id']}").json["url"] == URL


def every_use(webhook_id, delivery_id):
    """Each use of a webhook that names it."""
    path = f"/webhooks/{webhook_id}"
    yield "GET", path, None
    yield "PATCH", path, {"types": ["*"]}
    yield "PATCH", path, {"url": "https://10.0.0.1/"}  # of which a stranger hears nothing
    yield "POST", f"{path}/secret", None
    yield "POST", f"{path}/test", {}
    yield "GET", f"{path}/deliveries", None
    yield "POST", f"{path}/deliveries/{delivery_id}/replay", None
    yield "DELETE", path, None


def test_somebody_elses_webhook_is_not_found(organizer, as_role, webhook):
    delivery = organizer.post(f"/webhooks/{webhook['id']}/test").json
    stranger = as_role("organizer")
    for method, path, body in every_use(webhook["id"], delivery["id"]):
        assert_problem(stranger.call(method, path, body), 404, "webhook_not_found")
    assert stranger.get("/webhooks").json["items"] == []
    assert organizer.get(f"/webhooks/{webhook['id']}").status_code == 200


def test_webhooks_are_for_organizers(customer, client, webhook):
    for method, path, body in (("GET", "/webhooks", None), *every_use(webhook["id"], ObjectId())):
        assert_problem(customer.call(method, path, body), 403, "wrong_role")
        assert_problem(client.call(method, path, body), 401, "token_required")


def test_an_organizer_has_twenty_webhooks_at_most_and_room_again_after_a_deletion(organizer):
    made = [make_webhook(organizer) for _ in range(rules.MOST_WEBHOOKS)]
    assert_problem(organizer.post("/webhooks", {"url": URL, "types": ["*"]}), 409, "too_many_webhooks")
    assert organizer.delete(f"/webhooks/{made[7]['id']}").status_code == 204
    make_webhook(organizer)


def test_a_list_is_complete_in_pages(organizer):
    made = [make_webhook(organizer)["id"] for _ in range(5)]
    first = organizer.get("/webhooks?limit=3").json
    rest = organizer.get(f"/webhooks?limit=3&cursor={first['next_cursor']}").json
    assert [row["id"] for row in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_a_deleted_webhook_is_gone(organizer, webhook):
    assert organizer.delete(f"/webhooks/{webhook['id']}").status_code == 204
    assert_problem(organizer.get(f"/webhooks/{webhook['id']}"), 404, "webhook_not_found")
    assert_problem(organizer.delete(f"/webhooks/{webhook['id']}"), 404, "webhook_not_found")


def test_its_owner_disables_a_webhook_and_enables_it_again(organizer, webhook, clock):
    path = f"/webhooks/{webhook['id']}"
    clock.advance(hours=1)
    disabled = organizer.patch(path, {"status": "disabled"}).json
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "requested")
    assert disabled["updated_at"] == "2030-01-01T13:00:00Z"
    enabled = organizer.patch(path, {"status": "active"}).json
    assert (enabled["status"], enabled["disabled_reason"]) == ("active", None)


def test_a_disabled_webhook_is_sent_no_test_and_no_replay(organizer, webhook):
    path = f"/webhooks/{webhook['id']}"
    delivery = organizer.post(f"{path}/test").json
    organizer.patch(path, {"status": "disabled"})
    assert_problem(organizer.post(f"{path}/test"), 409, "webhook_disabled")
    assert_problem(organizer.post(f"{path}/deliveries/{delivery['id']}/replay"), 409, "webhook_disabled")


def test_a_delivery_that_does_not_exist_is_not_replayed(organizer, webhook):
    other = make_webhook(organizer)
    of_other = organizer.post(f"/webhooks/{other['id']}/test").json["id"]
    for delivery_id in (of_other, ObjectId()):
        response = organizer.post(f"/webhooks/{webhook['id']}/deliveries/{delivery_id}/replay")
        assert_problem(response, 404, "delivery_not_found")
