"""Who changed what about an event: what is recorded of each change, and who may read it."""

import pytest
from bson import ObjectId

from booking_api.accounts.store import UserStore
from booking_api.auth.permissions import OPERATOR
from booking_api.bookings.cancellation import EventCancellation
from booking_api.events import history
from booking_api.events.history_schemas import RecordedEvent
from booking_api.events.history_store import HistoryStore
from booking_api.events.schemas import EventUpdate
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import FUTURE, book, make_event

STALLS = {"name": "Stalls", "price": 9500, "total": 30}
BALCONY = {"name": "Balcony", "price": 4500, "total": 20}
UNLIMITED = {"sale_starts": None, "sale_ends": None, "max_per_booking": None, "hidden": False}


def history_of(organizer, event, **query):
    """The changes of an event, the latest first."""
    answer = organizer.get(f"/events/{event['id']}/history", query_string={"limit": 100} | query)
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def last(organizer, event):
    """What the latest change was, from what, to what."""
    row = history_of(organizer, event)[0]
    return row["action"], row["before"], row["after"]


@pytest.fixture
def edit(organizer, event):
    """Changes the event."""

    def patch(**changes):
        answer = organizer.patch(f"/events/{event['id']}", changes)
        assert answer.status_code == 200, answer.json

    return patch


def test_a_new_event_has_what_it_was_made_with_and_by_whom(organizer, event):
    (row,) = history_of(organizer, event)
    assert row == {
        "id": row["id"],
        "at": event["created_at"],
        "actor": {"type": "user", "id": organizer.user["id"], "name": organizer.user["name"]},
        "action": "event.created",
        "before": None,
        "after": {
            "title": "Jazz night",
            "description": "All night.",
            "date": FUTURE,
            "timezone": "UTC",
            "currency": "USD",
            "total_tickets": 10,
            "max_per_booking": 10,
            "status": "published",
        },
    }
    assert row["id"] != event["id"]


def test_an_edit_has_the_fields_that_it_changed_before_and_after(organizer, event, edit, clock):
    clock.advance(minutes=5)
    edit(title="Blues night", end_date="2031-06-02T01:00:00+02:00", max_per_booking=10, tags=["blues"])
    row, _ = history_of(organizer, event)
    assert (row["action"], row["at"]) == ("event.updated", "2030-01-01T12:05:00Z")
    assert row["before"] == {"title": "Jazz night", "end_date": None, "tags": []}
    assert row["after"] == {"title": "Blues night", "end_date": "2031-06-01T23:00:00Z", "tags": ["blues"]}


def test_an_edit_that_changes_nothing_is_not_recorded(organizer, event, edit):
    edit()
    edit(title="Jazz night", date="2031-06-01T22:00:00+02:00", venue=None, tags=[], category=None, total_tickets=10)
    assert [row["action"] for row in history_of(organizer, event)] == ["event.created"]


@pytest.mark.parametrize("changes", [{"total_tickets": 2, "title": "X"}, {"end_date": "2031-01-01T00:00:00Z"}])
def test_an_edit_that_is_refused_is_not_recorded(organizer, customer, event, changes):
    book(customer, event, 3)
    assert organizer.patch(f"/events/{event['id']}", changes).status_code in (409, 422)
    assert len(history_of(organizer, event)) == 1


def test_ticket_types_are_recorded_whole_and_without_what_is_left_of_them(organizer, customer):
    event = organizer.post(
        "/events", {"title": "Gala", "description": "", "date": FUTURE, "ticket_types": [STALLS, BALCONY]}
    ).json
    stalls, balcony = (each["id"] for each in event["ticket_types"])
    order = {"event_id": event["id"], "items": [{"ticket_type_id": stalls, "quantity": 3}]}
    assert customer.post("/bookings", order).status_code == 201
    types = [{"id": stalls, "price": 9900}, {"id": balcony}]
    assert organizer.patch(f"/events/{event['id']}", {"ticket_types": types}).status_code == 200
    before = [UNLIMITED | STALLS | {"id": stalls}, UNLIMITED | BALCONY | {"id": balcony}]
    after = [before[0] | {"price": 9900}, before[1]]
    assert last(organizer, event) == ("event.updated", {"ticket_types": before}, {"ticket_types": after})
    assert history_of(organizer, event)[1]["after"]["ticket_types"] == before
    assert organizer.patch(f"/events/{event['id']}", {"ticket_types": types}).status_code == 200
    assert len(history_of(organizer, event)) == 2
    assert organizer.patch(f"/events/{event['id']}", {"ticket_types": types[:1]}).status_code == 200
    assert last(organizer, event)[1:] == (
        {"total_tickets": 50, "ticket_types": after},
        {"total_tickets": 30, "ticket_types": after[:1]},
    )


def test_a_draft_that_is_published_says_so_once(organizer):
    draft = make_event(organizer, status="draft")
    for _ in range(2):
        assert organizer.post(f"/events/{draft['id']}/publish").status_code == 200
    published, made = history_of(organizer, draft)
    assert published["action"] == "event.published"
    assert (published["before"], published["after"]) == ({"status": "draft"}, {"status": "published"})
    assert made["after"]["status"] == "draft"


@pytest.mark.parametrize("status", ["draft", "published"])
@pytest.mark.parametrize("reason", [None, "The singer is ill.\nSorry!"])
def test_a_cancelled_event_says_so_once_and_why(organizer, status, reason):
    event = make_event(organizer, status=status)
    for again in (reason, "Again"):
        assert organizer.post(f"/events/{event['id']}/cancel", {"reason": again}).status_code == 200
    before, after = {"status": status}, {"status": "cancelled"}
    if reason:
        before, after = before | {"cancel_reason": None}, after | {"cancel_reason": reason}
    assert last(organizer, event) == ("event.cancelled", before, after)
    assert len(history_of(organizer, event)) == 2


def test_an_event_that_an_operator_cancelled_names_no_account(app, organizer, event):
    services_of(app)[EventCancellation].cancel(ObjectId(event["id"]), OPERATOR, None)
    row = history_of(organizer, event)[0]
    assert row["action"] == "event.cancelled"
    assert row["actor"] == {"type": "operator", "id": None, "name": None}


def test_whoever_changed_it_has_the_present_name_and_none_when_gone(app, organizer, event, edit):
    edit(title="Blues night")
    assert organizer.patch("/users/me", {"name": "Grace"}).status_code == 200
    rows = history_of(organizer, event)
    assert [row["actor"]["name"] for row in rows] == ["Grace", "Grace"]
    services_of(app)[UserStore].collection.delete_many({})
    shown = services_of(app)[history.History].of_event(ObjectId(event["id"]), OPERATOR, 20, None).items
    assert [row["actor"]["name"] for row in shown] == [None, None]
    assert str(shown[0]["actor"]["_id"]) == organizer.user["id"]


def test_sales_and_notices_are_not_changes_of_an_event(organizer, customer, event):
    customer.post(f"/bookings/{book(customer, event)['id']}/cancel")
    organizer.post(f"/events/{event['id']}/messages", {"subject": "Hi", "body": "Well."})
    assert len(history_of(organizer, event)) == 1


def test_it_is_paged_without_gaps_while_changes_are_made(organizer, event, edit):
    for number in range(6):
        edit(title=f"Night {number}")
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = organizer.get(f"/events/{event['id']}/history", query_string=query).json
        seen += [row["after"]["title"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        edit(title=f"Later {len(seen)}")
    assert seen == [*(f"Night {number}" for number in reversed(range(6))), "Jazz night"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"sort": "at"}])
def test_a_page_that_no_list_has_is_refused(organizer, event, query):
    assert_problem(organizer.get(f"/events/{event['id']}/history", query_string=query), 422, "validation_failed")


def test_only_its_organizer_may_read_it(app, as_role, organizer, customer, event):
    path = f"/events/{event['id']}/history"
    assert_problem(Api(app.test_client()).get(path), 401, "token_required")
    assert_problem(customer.get(path), 403, "wrong_role")
    assert_problem(as_role("organizer").get(path), 403, "not_your_event")
    draft = make_event(organizer, status="draft")
    assert_problem(as_role("organizer").get(f"/events/{draft['id']}/history"), 404, "event_not_found")
    assert_problem(organizer.get(f"/events/{'0' * 24}/history"), 404, "event_not_found")
    assert_problem(organizer.get("/events/nonsense/history"), 404, "not_found")


def test_a_deleted_event_leaves_no_history_and_others_keep_theirs(app, organizer, event):
    other = make_event(organizer)
    assert organizer.delete(f"/events/{event['id']}").status_code == 204
    rows = list(services_of(app)[HistoryStore].collection.find())
    assert [str(row["event_id"]) for row in rows] == [other["id"]]


def test_an_event_from_before_has_an_empty_history_and_then_its_changes(app, organizer, event, edit):
    services_of(app)[HistoryStore].collection.delete_many({})
    added = dict.fromkeys(("category", "tags", "image_url", "sale_starts", "sale_ends", "cancel_until"), "")
    services_of(app)[EventStore].collection.update_many({}, {"$unset": added})
    assert history_of(organizer, event) == []
    edit(category=None, tags=[], sale_starts=None)
    assert history_of(organizer, event) == []
    edit(category="jazz", tags=["blue"])
    assert last(organizer, event)[1:] == ({"category": None, "tags": []}, {"category": "jazz", "tags": ["blue"]})


def test_the_latest_of_very_many_changes_are_kept(organizer, event, edit, monkeypatch):
    monkeypatch.setattr(history, "MOST_ROWS", 3)
    other = make_event(organizer)
    for number in range(5):
        edit(title=f"Night {number}")
    assert [row["after"]["title"] for row in history_of(organizer, event)] == ["Night 4", "Night 3", "Night 2"]
    assert len(history_of(organizer, other)) == 1


def test_everything_that_can_be_changed_is_recorded_and_shown():
    assert set(history.RECORDED) == EventUpdate().fields.keys() | {"status", "cancel_reason"}
    assert RecordedEvent().fields.keys() == {*history.RECORDED, "staff"}
