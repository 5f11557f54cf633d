"""A guest hears of the changes of one event five times a day; what is beyond that is merged, and comes in time."""

from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.events.service import EventService
from booking_api.http.services import services_of
from booking_api.notifications.service import ANNOUNCE_CHANGE

from ..apps import mongomock_app
from .elapsed_time import pass_time, pending

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GATHERED = timedelta(seconds=30)


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock that gathers edits for half a minute."""
    return mongomock_app(clock, outgoing, update_notice_seconds=30)


def test_an_organizer_who_edits_the_title_all_day_sends_five_mails(app, organizer, started, told, clock):
    event, began = started(DAY * 30), clock()
    service, day = services_of(app)[EventService], []
    number = 0
    while clock() < began + DAY:
        changes = {"title": f"Title {(number := number + 1)}"}
        ids = ObjectId(event["id"]), ObjectId(organizer.user["id"])
        service.update(*ids, changes, check=lambda _event: None, notify=True)
        pass_time(app, clock, seconds=96)
        day += told()
    assert number == 900
    assert [message.subject for message in day] == [f"Changed: Title {number}" for number in range(1, 6)]
    pass_time(app, clock, days=1)
    (merged,) = told()
    assert "before: Title 5)" in merged.text and merged.subject == f"Changed: Title {number}"
    pass_time(app, clock, days=2)
    assert told() == []


def test_what_is_beyond_the_limit_is_told_as_one_once_the_first_is_a_day_old(app, started, edit, spend, told, clock):
    event, began = started(DAY * 30), clock()
    spend(event)
    edit(event, title="Blues night")
    edit(event, venue="Attic")
    assert pending(app, ANNOUNCE_CHANGE) == [began + GATHERED + DAY]
    pass_time(app, clock, hours=23)
    assert told() == []
    pass_time(app, clock, hours=1)
    (message,) = told()
    assert all(fact in message.text for fact in ("Spent 4", "Blues night", "Cellar", "Attic"))


def test_a_hundred_edits_that_wait_are_one_job(app, started, edit, spend):
    event = started(DAY * 30)
    spend(event)
    for number in range(100):
        edit(event, title=f"Title {number}")
    assert len(pending(app, ANNOUNCE_CHANGE)) == 1


@pytest.mark.parametrize(("old", "new"), [(12, None), (12, 20), (20, 12)])
def test_a_change_that_waits_is_told_three_hours_before_the_sooner_beginning(
    app, started, edit, spend, told, clock, old, new
):
    event, began = started(HOUR * old), clock()
    spend(event)
    if new is None:
        edit(event, venue="Attic")
    else:
        edit(event, date=(began + HOUR * new).isoformat())
    beginning = datetime.fromisoformat(event["date"]) if new != 12 else began + HOUR * 12
    assert pending(app, ANNOUNCE_CHANGE) == [beginning - HOUR * 3]
    pass_time(app, clock, seconds=(beginning - HOUR * 3 - clock()).total_seconds() - 1)
    assert told() == []
    pass_time(app, clock, seconds=11)
    assert len(told()) == 1


def test_within_three_hours_a_change_is_told_at_once_or_an_hour_after_the_last(app, started, edit, spend, told, clock):
    event = started(HOUR * 2)
    spend(event)
    edit(event, venue="Attic")
    urgent_at = clock()
    pass_time(app, clock, seconds=10)
    assert len(told()) == 1
    edit(event, venue="Roof")
    edit(event, venue="Garden")
    pass_time(app, clock, minutes=50)
    assert told() == []
    assert pending(app, ANNOUNCE_CHANGE) == [urgent_at + HOUR]
    pass_time(app, clock, minutes=10)
    (message,) = told()
    assert "Attic" in message.text and "Garden" in message.text and "Roof" not in message.text


def test_a_late_postponement_reaches_who_stands_at_the_old_door(app, started, edit, spend, told, clock):
    event, began = started(HOUR), clock()
    spend(event)
    pass_time(app, clock, minutes=50)
    edit(event, venue="Attic")
    pass_time(app, clock, seconds=10)
    assert len(told()) == 1
    edit(event, date=(began + DAY * 10).isoformat())
    pass_time(app, clock, hours=1)
    assert len(told()) == 1


def test_an_event_that_has_begun_has_five_notices_a_day(app, started, edit, spend, told, clock):
    event = started(HOUR)
    pass_time(app, clock, hours=4)
    spend(event)
    for number in range(40):
        edit(event, title=f"Title {number}")
        pass_time(app, clock, minutes=30)
    assert told() == []


def test_an_edit_without_notice_hastens_what_waits_if_the_event_begins_sooner(app, started, edit, spend, told, clock):
    event = started(DAY * 30)
    spend(event)
    edit(event, venue="Attic")
    date = clock() + HOUR * 5
    edit(event, notify="false", date=date.isoformat())
    assert pending(app, ANNOUNCE_CHANGE) == [date - HOUR * 3]


def test_who_moves_the_beginning_on_and_on_sends_eleven_mails_a_day(app, started, edit, told, clock):
    event, began = started(HOUR * 2), clock()
    while clock() < began + DAY:
        edit(event, date=(clock() + HOUR * 2).isoformat())
        pass_time(app, clock, minutes=5)
    assert len(told()) == 11
    pass_time(app, clock, days=2)
    assert len(told()) >= 1


@pytest.mark.parametrize("spent", [True, False])
def test_a_cancelled_event_is_told_at_once_and_makes_what_waits_moot(
    app, organizer, started, edit, spend, told, clock, spent
):
    event = started(DAY * 30)
    if spent:
        spend(event)
    edit(event, venue="Attic")
    told()
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    pass_time(app, clock, seconds=30)
    assert len(told("event_cancelled")) == 1
    pass_time(app, clock, days=40)
    assert told() == [] and pending(app, ANNOUNCE_CHANGE) == []


def test_messages_and_notices_are_counted_apart(app, organizer, started, edit, spend, told, clock):
    event = started(DAY * 30)
    message = {"subject": "Hi", "body": "Well."}
    for status in [202] * 5 + [429]:
        assert organizer.post(f"/events/{event['id']}/messages", message).status_code == status
    pass_time(app, clock, seconds=30)
    assert len(told("organizer_message")) == 5
    spend(event)
    edit(event, title="Blues night")
    assert told() == []


def test_each_event_has_a_limit_of_its_own(started, edit, spend, told):
    first, second = started(DAY * 30), started(DAY * 30)
    spend(first)
    edit(second, title="Blues night")
    assert len(told()) == 1


def test_a_notice_that_waited_for_a_mail_server_is_not_sent_of_a_cancelled_event(
    app, organizer, started, edit, outgoing, told, clock, monkeypatch
):
    def refuse(_message):
        raise ConnectionRefusedError

    event = started(DAY * 30)
    monkeypatch.setattr(outgoing, "send", refuse)
    edit(event, venue="Attic")
    organizer.post(f"/events/{event['id']}/cancel")
    monkeypatch.undo()
    pass_time(app, clock, hours=2)
    assert [message.template for message in outgoing.messages] == ["event_cancelled"]
