"""Who may do what to which event."""

from functools import partial

import pytest

from booking_api.events import rules
from booking_api.events.permissions import OWNER, require, require_visible


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
