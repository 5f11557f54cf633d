"""A change of an event's time zone: guests are told, with the time as they were told it before."""

from datetime import timedelta

import pytest

from booking_api.events.store import EventStore
from booking_api.http.services import services_of
from booking_api.notifications.service import ANNOUNCE_CHANGE

from ..apps import mongomock_app
from ..builders import book, make_event
from .elapsed_time import pass_time, pending

DAY = timedelta(days=1)
IN_VIENNA, IN_UTC = "Sunday, 1 June 2031, 22:00 CEST (Europe/Vienna)", "Sunday, 1 June 2031, 20:00 UTC"
IN_SAO_PAULO = "Sunday, 1 June 2031, 17:00 UTC-3 (America/Sao_Paulo)"


@pytest.fixture
def app(clock, outgoing):
    """An app on mongomock that gathers edits for half a minute."""
    return mongomock_app(clock, outgoing, update_notice_seconds=30)


@pytest.fixture
def event(app, organizer, ada, clock, told):
    """An event that Ada has booked and heard so."""
    made = make_event(organizer, venue="Cellar", timezone="Europe/Vienna")
    book(ada, made)
    pass_time(app, clock, seconds=10)
    told()
    return made


@pytest.fixture
def forget_zones(app):
    """Makes documents as older versions wrote them: without a zone in what guests were told."""

    def unset():
        changes = {"$unset": {"announced.timezone": "", "interim.view.timezone": ""}}
        services_of(app)[EventStore].collection.update_many({}, changes)

    return unset


def test_a_change_of_the_zone_alone_is_told_with_before_in_the_old_zone(event, edit, told):
    edit(event, timezone="America/Sao_Paulo")
    (message,) = told()
    assert message.line == "Event update notification sent to ada@example.com"
    assert f"When: {IN_SAO_PAULO}\n(before: {IN_VIENNA})" in message.text
    assert "Venue:" not in message.text


def test_a_change_of_date_and_zone_is_one_line_each_time_in_its_own_zone(event, edit, told):
    edit(event, timezone="UTC", date="2031-06-02T20:00:00Z", end_date="2031-06-02T23:00:00Z")
    (message,) = told()
    assert f"When: Monday, 2 June 2031, 20:00–23:00 UTC\n(before: {IN_VIENNA})" in message.text


def test_what_was_told_is_the_before_of_the_next_notice(event, edit, told):
    edit(event, timezone="UTC")
    told()
    edit(event, timezone="America/Sao_Paulo")
    (message,) = told()
    assert f"When: {IN_SAO_PAULO}\n(before: {IN_UTC})" in message.text


def test_a_silent_change_of_the_zone_is_told_neither_at_once_nor_by_the_next_notice(event, edit, told):
    edit(event, notify="false", timezone="UTC")
    assert told() == []
    edit(event, venue="Attic")
    (message,) = told()
    assert f"\n{IN_UTC}\n" in message.text and "When:" not in message.text


def test_an_undone_change_of_the_zone_is_not_told(app, organizer, event, told, clock):
    for zone in ("UTC", "Europe/Vienna"):
        assert organizer.patch(f"/events/{event['id']}", {"timezone": zone}).status_code == 200
    pass_time(app, clock, seconds=60)
    assert told() == []


def test_a_change_of_the_zone_alone_opens_no_new_time_to_cancel(event, edit, app):
    edit(event, timezone="UTC")
    (stored,) = services_of(app)[EventStore].collection.find()
    assert "cancel_grace_until" not in stored


def test_an_event_of_an_older_version_owes_no_notice_by_an_unrelated_edit(app, event, edit, forget_zones, told):
    forget_zones()
    edit(event, description="All night long.")
    assert pending(app, ANNOUNCE_CHANGE) == []
    assert told() == []


def test_an_event_of_an_older_version_has_a_change_of_its_zone_told(event, edit, forget_zones, told):
    forget_zones()
    edit(event, timezone="UTC")
    (message,) = told()
    assert f"When: {IN_UTC}\n(before: {IN_VIENNA})" in message.text


def test_an_event_of_an_older_version_can_change_its_zone_silently(event, edit, forget_zones, told):
    forget_zones()
    edit(event, notify="false", timezone="UTC")
    edit(event, venue="Attic")
    (message,) = told()
    assert "Venue: Attic\n(before: Cellar)" in message.text and "When:" not in message.text


def test_a_notice_that_an_older_version_owes_is_told_in_the_present_zone(
    app, organizer, event, forget_zones, told, clock
):
    assert organizer.patch(f"/events/{event['id']}", {"date": "2031-06-02T20:00:00Z"}).status_code == 200
    forget_zones()
    pass_time(app, clock, seconds=60)
    (message,) = told()
    assert f"Monday, 2 June 2031, 22:00 CEST (Europe/Vienna)\n(before: {IN_VIENNA})" in message.text


def test_a_draft_of_an_older_version_is_published_in_its_zone(app, organizer, ada, edit, forget_zones, told, clock):
    draft = make_event(organizer, status="draft", timezone="Europe/Vienna")
    forget_zones()
    edit(draft, timezone="UTC")
    assert organizer.post(f"/events/{draft['id']}/publish").status_code == 200
    book(ada, draft)
    pass_time(app, clock, seconds=60)
    assert told() == []
