"""Changing an event that sells, and the tags that guard against lost edits."""

import pytest

from ..asserting import assert_problem
from ..builders import book


@pytest.fixture
def path(event):
    """Where the event is."""
    return f"/events/{event['id']}"


def test_a_change_leaves_the_other_fields_alone(organizer, event, path, clock):
    clock.advance(minutes=5)
    response = organizer.patch(path, {"title": "Blues night", "venue": "Cellar"})
    assert response.status_code == 200
    assert response.json == event | {
        "title": "Blues night",
        "venue": "Cellar",
        "updated_at": "2030-01-01T12:05:00Z",
    }
    assert organizer.get(path).json == response.json


def test_an_end_can_be_taken_away(organizer, path):
    organizer.patch(path, {"end_date": "2031-06-02T00:00:00Z"})
    assert organizer.patch(path, {"end_date": None}).json["end_date"] is None


def test_a_date_cannot_be_moved_behind_the_end(organizer, path):
    organizer.patch(path, {"end_date": "2031-06-02T00:00:00Z"})
    problem = assert_problem(organizer.patch(path, {"date": "2031-06-03T00:00:00Z"}), 422, "validation_failed")
    assert problem["errors"].keys() == {"end_date"}


@pytest.mark.parametrize(("total", "available"), [(3, 0), (4, 1), (10, 7), (1_000_000, 999_997)])
def test_the_total_can_change_down_to_what_is_sold(organizer, as_role, event, path, total, available):
    book(as_role("customer"), event, 3)
    changed = organizer.patch(path, {"total_tickets": total}).json
    assert (changed["total_tickets"], changed["available_tickets"]) == (total, available)


def test_the_total_cannot_fall_below_what_is_sold(organizer, as_role, event, path):
    book(as_role("customer"), event, 3)
    problem = assert_problem(organizer.patch(path, {"total_tickets": 2, "title": "X"}), 409, "tickets_already_sold")
    assert problem["tickets_taken"] == 3
    kept = organizer.get(path).json
    assert (kept["total_tickets"], kept["available_tickets"], kept["title"]) == (10, 7, event["title"])


def test_what_was_cancelled_no_longer_counts_as_sold(organizer, as_role, event, path):
    customer = as_role("customer")
    customer.post(f"/bookings/{book(customer, event, 3)['id']}/cancel")
    assert organizer.patch(path, {"total_tickets": 1}).json["available_tickets"] == 1


def test_a_past_event_cannot_be_cancelled(organizer, path, clock):
    clock.advance(days=600)
    assert_problem(organizer.post(f"{path}/cancel"), 409, "event_past")


@pytest.mark.parametrize("reason", ["", None, "The singer is ill.\nSorry!", "x" * 1000])
def test_an_event_can_be_cancelled_with_a_reason(organizer, path, reason):
    response = organizer.post(f"{path}/cancel", {"reason": reason})
    assert (response.status_code, response.json["status"]) == (200, "cancelled")


@pytest.mark.parametrize("body", [{"reason": "x" * 1001}, {"reason": 1}, {"reason": "\x00"}, {"why": "ill"}, [], "ill"])
def test_an_unacceptable_reason_cancels_nothing(organizer, path, body):
    assert_problem(organizer.post(f"{path}/cancel", body), 422, "validation_failed")
    assert organizer.get(path).json["status"] == "published"


def test_cancelling_an_event_again_changes_nothing(organizer, path, clock):
    first = organizer.post(f"{path}/cancel").json
    clock.advance(minutes=1)
    assert organizer.post(f"{path}/cancel", {"reason": "Again"}).json == first


def test_a_known_version_is_not_sent_again(organizer, client, path):
    tag = client.get(path).headers["ETag"]
    for given in (tag, f'"other", {tag}', "*", f"W/{tag}"):
        response = client.get(path, headers={"If-None-Match": given})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_guards_a_change_does_not_refuse_a_read(client, event, path):
    for given in ('"other"', "*"):
        response = client.get(path, headers={"If-Match": given})
        assert (response.status_code, response.json["id"]) == (200, event["id"])


def test_the_tag_changes_with_an_edit_and_with_a_sale(organizer, as_role, client, event, path):
    tags = [client.get(path).headers["ETag"]]
    organizer.patch(path, {"title": "Blues night"})
    tags.append(client.get(path).headers["ETag"])
    book(as_role("customer"), event)
    tags.append(client.get(path).headers["ETag"])
    assert len(set(tags)) == 3
    assert client.get(path, headers={"If-None-Match": tags[1]}).json["available_tickets"] == 9


def test_an_edit_makes_the_tag_read_before_it_stale(organizer, path):
    tag = organizer.get(path).headers["ETag"]
    edited = organizer.patch(path, {"title": "First"}, headers={"If-Match": tag})
    assert edited.status_code == 200
    assert_problem(organizer.patch(path, {"title": "Second"}, headers={"If-Match": tag}), 412, "precondition_failed")
    assert organizer.get(path).json["title"] == "First"
    newer = {"If-Match": edited.headers["ETag"]}
    assert organizer.patch(path, {"title": "Second"}, headers=newer).json["title"] == "Second"


def test_a_sale_does_not_make_the_tag_read_before_it_stale(organizer, as_role, event, path):
    tag = organizer.get(path).headers["ETag"]
    book(as_role("customer"), event)
    assert organizer.patch(path, {"title": "Blues night"}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "tag", ['"1"', '"garbage"', "garbage", '""', 'W/"1.0123456789abcdef"', '"99.0123456789abcdef"']
)
def test_a_tag_that_the_event_never_had_is_stale(organizer, path, tag):
    assert_problem(organizer.patch(path, {"title": "X"}, headers={"If-Match": tag}), 412, "precondition_failed")


def test_any_version_matches_a_star(organizer, path):
    assert organizer.patch(path, {"title": "X"}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("notify", ["no", "0", "", "TRUE!"])
def test_notify_is_true_or_false(organizer, path, notify):
    changed = organizer.patch(path, {"title": "X"}, query_string={"notify": notify})
    assert assert_problem(changed, 422, "validation_failed")["errors"].keys() == {"notify"}
