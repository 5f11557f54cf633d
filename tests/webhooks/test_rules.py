"""When a delivery is tried again, and what an attempt changes in a webhook."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.feed.schemas import TYPES
from booking_api.webhooks import rules, samples

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def webhook(**fields):
    """A webhook that nothing was counted against."""
    return rules.enabled(LONG_AGO) | {"types": ["*"], "last_delivery_at": None, "secrets": []} | fields


def delivery(tries, first=NOW):
    """A delivery that was tried so often since its first attempt."""
    return {"tries": tries, "first_attempt_at": first}


def test_waits_grow_from_seconds_to_half_a_day_with_full_jitter():
    longest = [rules.next_due(delivery(tries), webhook(), NOW, 1.0) - NOW for tries in range(10)]
    assert [int(wait.total_seconds()) for wait in longest] == [*rules.WAITS, rules.WAITS[-1], rules.WAITS[-1]]
    assert rules.next_due(delivery(9), webhook(), NOW, 0.0) == NOW


@pytest.mark.parametrize("random", [0.1, 0.5, 1.0])
def test_the_last_attempt_is_made_when_three_days_are_over(random):
    now, tries = NOW, 0
    while (due := rules.next_due(delivery(tries), webhook(), now, random)) is not None:
        now, tries = due, tries + 1
    assert now == NOW + rules.TRIED_FOR


def test_three_days_begin_anew_when_a_webhook_is_enabled():
    old = delivery(9, first=NOW - timedelta(days=10))
    assert rules.next_due(old, webhook(), NOW, 0.5) is None
    assert rules.next_due(old, webhook(enabled_at=NOW), NOW, 0.5) == NOW + timedelta(hours=7)


def test_a_pause_after_time_outs_doubles_up_to_five_minutes_with_jitter():
    pauses = []
    for random in (0.0, 1.0):
        known, lasted = webhook(), []
        for _ in range(8):
            known |= rules.after_failure(known, NOW, 15, timed_out=True, random=random)
            lasted.append((known["paused_until"] - NOW).total_seconds())
        pauses.append(lasted)
    assert pauses == [[5, 10, 20, 40, 80, 150, 150, 150], [10, 20, 40, 80, 160, 300, 300, 300]]


def test_an_answer_ends_what_time_outs_have_counted():
    known = webhook() | rules.after_failure(webhook(), NOW, 15, timed_out=True, random=1)
    for after in (
        rules.after_failure(known, NOW, 0.1, timed_out=False, random=1),
        rules.after_success(NOW, 0.1),
    ):
        assert (after["timeouts"], after["paused_until"]) == (0, None)
        assert "slow_until" not in after  # one quick answer does not make a receiver fast


def test_a_webhook_is_disabled_by_410_or_after_five_days_of_failure():
    failing = webhook(failing_since=NOW - rules.FAILING_FOR)
    assert rules.reason_to_disable(webhook(), 410, NOW) == "gone"
    assert rules.reason_to_disable(failing, 500, NOW) == "failing"
    assert rules.reason_to_disable(failing, 500, NOW - timedelta(seconds=1)) is None


def test_the_lowest_free_slot_is_taken_and_there_are_twenty():
    assert rules.free_slot([0, 1, 3]) == 2
    with pytest.raises(rules.TooManyWebhooks):
        rules.free_slot(range(20))


def test_there_is_an_example_of_every_type():
    assert samples.MAKE.keys() == set(TYPES)
    message_id = ObjectId()
    for kind in TYPES:
        message = samples.message(kind, message_id, NOW)
        assert (message["type"], message["id"], message["sequence"]) == (kind, str(message_id), 0)
        assert message == samples.message(kind, message_id, NOW)  # the same on every worker
