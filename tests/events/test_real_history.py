"""The history of an event on the real server: a row for each change that was committed, and for no other."""

import base64
import threading
from datetime import UTC, datetime

import bson
import pytest
from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import book, make_event


class PowerCut(BaseException):
    """Ends a request: no handler of errors sees it."""


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def event(organizer):
    """Theirs."""
    return make_event(organizer)


@pytest.fixture
def store(real_app):
    """The store of events."""
    return services_of(real_app)[EventStore]


@pytest.fixture
def rows(database):
    """The stored changes of an event, in the order of its versions."""
    return lambda event: list(database["event_history"].find({"event_id": ObjectId(event["id"])}).sort("version", 1))


def everything(database, session=None):
    """The stored events and their history."""
    return [list(database[name].find(session=session)) for name in ("events", "event_history")]


def titles(rows):
    """What rows say of the title, before and after."""
    return [((row["before"] or {}).get("title"), row["after"]["title"]) for row in rows]


def at_once(count, work):
    """Do something in so many threads at the same time."""
    threads = [threading.Thread(target=work, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_refused_change_leaves_no_row(as_real_role, organizer, event, rows):
    book(as_real_role("customer"), event, 3)
    path = f"/events/{event['id']}"
    assert_problem(organizer.patch(path, {"title": "X", "total_tickets": 2}), 409, "tickets_already_sold")
    assert_problem(organizer.patch(path, {"title": "X"}, headers={"If-Match": '"0"'}), 412, "precondition_failed")
    assert_problem(as_real_role("organizer").patch(path, {"title": "X"}), 403, "not_your_event")
    assert_problem(organizer.delete(path), 409, "event_has_bookings")
    assert [row["action"] for row in rows(event)] == ["event.created"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/events", {"title": "B", "description": "", "date": "2031-01-01T00:00:00Z", "total_tickets": 1}),
        ("PATCH", "/events/{id}", {"title": "Blues night"}),
        ("POST", "/events/{id}/publish", None),
        ("POST", "/events/{id}/cancel", {"reason": "Rain"}),
        ("DELETE", "/events/{id}", None),
    ],
)
def test_a_change_that_dies_before_its_commit_leaves_event_and_history(
    real_app, database, organizer, monkeypatch, method, path, body
):
    event = make_event(organizer, status="draft")
    stored, written = everything(database), []

    def die(session):
        written.append(everything(database, session))
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(ClientSession, "commit_transaction", die)
        with pytest.raises(PowerCut):
            organizer.call(method, path.format(**event), body)
    assert written != [stored] and len(written[0][1]) != len(stored[1])
    assert everything(database) == stored


def test_an_edit_that_is_replayed_after_a_conflict_leaves_one_row(database, organizer, event, store, rows, monkeypatch):
    edit, attempts = store.edit, []

    def collide_once(*args, **options):
        attempts.append(1)
        if len(attempts) == 1:
            database["events"].update_one({"_id": ObjectId(event["id"])}, {"$inc": {"revision": 1}})
        return edit(*args, **options)

    monkeypatch.setattr(store, "edit", collide_once)
    assert organizer.patch(f"/events/{event['id']}", {"title": "Blues night"}).status_code == 200
    assert len(attempts) == 2
    assert titles(rows(event)) == [(None, "Jazz night"), ("Jazz night", "Blues night")]


def test_a_change_that_is_replayed_as_its_commit_fails_leaves_one_row(database, organizer, event, rows, monkeypatch):
    commit, seen = ClientSession.commit_transaction, []

    def conflict_once(session):
        seen.append(database["event_history"].count_documents({}, session=session))
        if len(seen) == 1:
            session.abort_transaction()
            raise OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]})
        commit(session)

    monkeypatch.setattr(ClientSession, "commit_transaction", conflict_once)
    assert organizer.patch(f"/events/{event['id']}", {"title": "Blues night"}).status_code == 200
    assert seen == [2, 2]
    assert titles(rows(event)) == [(None, "Jazz night"), ("Jazz night", "Blues night")]


def test_edits_at_the_same_time_are_rows_that_chain(real_app, organizer, event, rows):
    def edit(number):
        own = Api(real_app.test_client(), organizer.token)
        assert own.patch(f"/events/{event['id']}", {"title": f"Night {number}"}).status_code == 200

    at_once(8, edit)
    found = titles(rows(event))
    assert len(found) == 9
    assert [before for before, _ in found[1:]] == [after for _, after in found[:-1]]
    assert {after for _, after in found[1:]} == {f"Night {number}" for number in range(8)}
    assert found[-1][1] == organizer.get(f"/events/{event['id']}").json["title"]
    shown = organizer.get(f"/events/{event['id']}/history").json["items"]
    assert [row["after"]["title"] for row in shown] == [after for _, after in reversed(found)]


def test_of_many_cancellations_and_publications_at_once_each_is_one_row(real_app, organizer, rows):
    event = make_event(organizer, status="draft")

    def publish(_number):
        assert Api(real_app.test_client(), organizer.token).post(f"/events/{event['id']}/publish").status_code == 200

    def cancel(number):
        own = Api(real_app.test_client(), organizer.token)
        assert own.post(f"/events/{event['id']}/cancel", {"reason": f"Reason {number}"}).status_code == 200

    at_once(6, publish)
    at_once(6, cancel)
    assert [row["action"] for row in rows(event)] == ["event.created", "event.published", "event.cancelled"]


def test_an_edit_beside_a_deletion_leaves_no_history_of_what_is_gone(real_app, database, organizer):
    for _ in range(5):
        event = make_event(organizer)

        def either(number, path=f"/events/{event['id']}"):
            own = Api(real_app.test_client(), organizer.token)
            answer = own.patch(path, {"title": "Late"}) if number % 2 else own.delete(path)
            assert answer.status_code in (200, 204, 404)

        at_once(4, either)
        assert_problem(organizer.get(f"/events/{event['id']}"), 404, "event_not_found")
    assert database["event_history"].count_documents({}) == 0


def test_the_history_is_read_by_its_index(database, organizer, event):
    asked = {"find": "event_history", "filter": {"event_id": ObjectId(event["id"])}, "sort": {"version": -1, "_id": -1}}
    plan = database.command("explain", asked)["queryPlanner"]["winningPlan"]
    assert (plan["stage"], plan["inputStage"]["stage"]) == ("FETCH", "IXSCAN")


@pytest.mark.parametrize("value", [True, 0, -1, 2**63 - 1, "2", datetime(2031, 1, 1, tzinfo=UTC), ObjectId()])
def test_a_cursor_that_somebody_made_up_reads_nothing_else(organizer, event, value):
    made_up = bson.encode({"f": "version", "d": True, "v": value, "i": ObjectId()})
    cursor = base64.urlsafe_b64encode(made_up).decode()
    answer = organizer.get(f"/events/{event['id']}/history", query_string={"cursor": cursor})
    assert (answer.status_code, len(answer.json["items"])) == (200, 1 if value == 2**63 - 1 else 0)
