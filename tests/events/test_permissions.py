"""Who may do what to which event."""

from functools import partial

import pytest

from booking_api.events import rules
from booking_api.events.permissions import MANAGER, OWNER, SCANNER, require, require_visible, role_of


@pytest.mark.parametrize("status", rules.STATUSES)
def test_an_organizer_owns_an_event_in_any_status(status):
    event = {"status": status, "organizer_id": 1}
    assert require(OWNER, event, 1) is event
    assert require_visible(event, 1) is event


def test_an_event_that_is_not_there_is_not_found():
    for ask in (partial(require, OWNER), require_visible):
        with pytest.raises(rules.EventNotFound):
            ask(None, 1)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [("draft", rules.EventNotFound), ("published", rules.NotYourEvent), ("cancelled", rules.NotYourEvent)],
)
def test_an_event_of_somebody_else_is_refused(status, refusal):
    with pytest.raises(refusal):
        require(OWNER, {"status": status, "organizer_id": 2}, 1)


def test_a_draft_of_somebody_else_is_not_visible():
    with pytest.raises(rules.EventNotFound):
        require_visible({"status": "draft", "organizer_id": 2}, None)


STAFFED = {"organizer_id": 1, "staff": [{"user_id": 2, "role": "manager"}, {"user_id": 3, "role": "scanner"}]}


@pytest.mark.parametrize("status", rules.STATUSES)
def test_an_owner_may_do_what_a_manager_may_and_a_manager_what_a_scanner_may(status):
    event = STAFFED | {"status": status}
    for permission, holders in ((OWNER, {1}), (MANAGER, {1, 2}), (SCANNER, {1, 2, 3})):
        for caller in (1, 2, 3):
            if caller in holders:
                assert require(permission, event, caller) is event
            else:
                with pytest.raises(rules.NotYourEvent):
                    require(permission, event, caller)


def test_whoever_works_for_an_event_sees_its_draft():
    event = STAFFED | {"status": "draft"}
    assert [require_visible(event, caller) for caller in (1, 2, 3)] == [event] * 3
    with pytest.raises(rules.EventNotFound):
        require_visible(event, 4)


def test_a_role_is_the_most_that_somebody_may_do():
    assert [role_of(STAFFED, caller) for caller in (1, 2, 3)] == ["owner", "manager", "scanner"]
    assert role_of(STAFFED | {"organizer_id": 3}, 3) == "owner"
