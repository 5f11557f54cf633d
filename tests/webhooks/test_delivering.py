"""What a receiver is sent, and what becomes of it when it does not take it."""

from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.feed.schemas import TYPES
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.webhooks import rules
from booking_api.webhooks.kinds import DELIVER, DELIVER_SLOWLY

from ..builders import book, make_event
from ..fakes import answered
from .driving import URL, deliveries, make_webhook, stored, told


def failing(*statuses):
    """An answer for each post: these statuses one after the other, then 200."""
    left = list(statuses)
    return lambda *_post: answered(left.pop(0) if left else 200)


def timing_out(*_post):
    """No answer within the time limit."""
    return answered(None, error="no answer within 15 s", timed_out=True, duration_ms=15_000)


@pytest.fixture
def scheduled(app):
    """The kinds of jobs that wait for a webhook to be served."""
    outbox = stored_outbox(app)
    return lambda: {row["kind"] for row in outbox.find({"state": "pending"}) if row["kind"].startswith("webhooks.del")}


def stored_outbox(app):
    """The rows of the outbox."""
    return services_of(app)[Outbox].collection


def test_every_change_of_ones_events_is_posted_as_the_feed_has_it(
    organizer, customer, as_role, webhook, work, receiving
):
    event = make_event(organizer)
    make_event(as_role("organizer"))
    booking = book(customer, event, 2)
    work()
    assert told(receiving) == [("event.created", 1), ("booking.confirmed", 2)]
    url, headers, message = receiving.posts[1]
    assert url == URL
    assert headers["webhook-id"] == message["id"]
    assert headers["webhook-signature"] == webhook["secret"]
    assert headers["Content-Type"] == "application/json"
    assert "webhook-test" not in headers
    assert message["event_id"] == event["id"]
    assert message["data"]["booking"]["id"] == booking["id"]


def test_only_the_types_and_the_event_that_were_asked_for_are_posted(organizer, customer, work, receiving):
    event, other = make_event(organizer), make_event(organizer)
    make_webhook(organizer, types=["booking.confirmed"], event_id=event["id"])
    book(customer, event)
    book(customer, other)
    organizer.patch(f"/events/{event['id']}", {"venue": "Porgy"})
    work()
    assert [(message["event_id"], message["type"]) for _, _, message in receiving.posts] == [
        (event["id"], "booking.confirmed")
    ]


def test_what_happened_before_a_webhook_was_made_is_not_told(organizer, customer, work, receiving, clock):
    event = make_event(organizer)
    clock.advance(minutes=30)
    book(customer, event)  # so short a time before that clocks could not tell
    make_webhook(organizer)
    make_webhook(organizer, event_id=event["id"])
    book(customer, event)
    work()
    assert told(receiving) == [("booking.confirmed", 3)] * 2


def test_the_last_change_of_a_deleted_event_is_told(organizer, webhook, work, receiving):
    event = make_event(organizer)
    organizer.delete(f"/events/{event['id']}")
    work()
    assert told(receiving) == [("event.created", 1), ("event.deleted", 2)]


def test_a_delivery_shows_its_attempts(organizer, webhook, work, receiving, clock):
    receiving.answers = failing(500)
    make_event(organizer)
    work()
    clock.advance(seconds=6)
    work()
    (shown,) = organizer.get(f"/webhooks/{webhook['id']}/deliveries").json["items"]
    assert (shown["status"], shown["attempt_count"], shown["next_attempt_at"]) == ("delivered", 2, None)
    assert [(one["status"], one["answer"], one["duration_ms"]) for one in shown["attempts"]] == [
        (500, "ok", 5),
        (200, "ok", 5),
    ]
    assert organizer.get(f"/webhooks/{webhook['id']}").json["last_delivery_at"] == "2030-01-01T12:00:06Z"


def test_what_fails_is_tried_for_three_days_under_one_id(app, organizer, webhook, work_for, receiving, clock):
    receiving.answers = lambda *_post: answered(503)
    began = clock.now
    make_event(organizer)
    work_for(step=1, hours=12)
    work_for(step=20, days=3)
    (delivery,) = deliveries(app, webhook)
    assert delivery["status"] == "failed"
    assert 8 <= delivery["attempt_count"] == len(receiving.posts) < 60
    assert len({headers["webhook-id"] for _, headers, _ in receiving.posts}) == 1
    last = delivery["attempts"][-1]["at"] - began
    assert timedelta(hours=72) <= last < timedelta(hours=73)
    assert stored(app, webhook)["status"] == "active"


def test_a_delivery_that_fails_holds_up_no_other(organizer, customer, webhook, work, receiving):
    receiving.answers = failing(500)
    event = make_event(organizer)
    book(customer, event)
    work()
    assert told(receiving) == [("event.created", 1), ("booking.confirmed", 2)]


def test_after_a_time_out_the_others_wait_and_are_not_counted_as_tried(app, organizer, webhook, work, receiving, clock):
    receiving.answers = timing_out
    for _ in range(3):
        make_event(organizer)
    work()
    assert len(receiving.posts) == 1
    assert sorted(row["attempt_count"] for row in deliveries(app, webhook)) == [0, 0, 1]
    receiving.answers = failing()
    clock.advance(seconds=rules.FIRST_PAUSE_SECONDS + 1)
    work()
    assert {row["status"] for row in deliveries(app, webhook)} == {"delivered"}


def test_pauses_grow_to_minutes_while_nothing_comes_back(app, organizer, webhook, work_for, receiving):
    receiving.answers = timing_out
    for _ in range(30):
        make_event(organizer)
    work_for(step=1, hours=1)
    assert 12 <= len(receiving.posts) <= 30
    last = max(attempt["at"] for row in deliveries(app, webhook) for attempt in row["attempts"])
    assert stored(app, webhook)["paused_until"] - last > timedelta(0)


def test_a_slow_receiver_is_served_by_other_threads_until_it_was_fast_for_a_while(
    organizer, webhook, work, receiving, clock, scheduled
):
    make_event(organizer)
    assert scheduled() <= {DELIVER}
    receiving.answers = lambda *_post: answered(duration_ms=3000)
    for _ in range(2):
        make_event(organizer)
    work()
    receiving.answers = lambda *_post: answered(500)
    make_event(organizer)
    work()
    assert scheduled() == {DELIVER_SLOWLY}
    clock.advance(minutes=11)
    work()
    assert scheduled() == {DELIVER}


def test_the_run_that_finds_a_receiver_slow_ends_at_once(app, organizer, webhook, work, receiving):
    slow = []

    def answers(*_post):
        slow.append(len(receiving.posts))
        return answered(duration_ms=3000)

    receiving.answers = answers
    for _ in range(3):
        make_event(organizer)
    work()  # the rest is delivered by the threads for slow ones
    kinds = {row["kind"] for row in stored_outbox(app).find() if row["kind"] in (DELIVER, DELIVER_SLOWLY)}
    assert kinds == {DELIVER, DELIVER_SLOWLY}
    assert {row["status"] for row in deliveries(app, webhook)} == {"delivered"}


def test_a_replay_is_the_same_message_at_once_whatever_became_of_it(organizer, webhook, work, receiving):
    make_event(organizer)
    work()
    path = f"/webhooks/{webhook['id']}/deliveries"
    (delivery,) = organizer.get(path).json["items"]
    response = organizer.post(f"{path}/{delivery['id']}/replay")
    assert response.status_code == 202
    assert (response.json["id"], response.json["status"]) == (delivery["id"], "pending")
    work()
    first, again = receiving.posts
    assert first[2] == again[2] and first[1]["webhook-id"] == again[1]["webhook-id"]
    (shown,) = organizer.get(path).json["items"]
    assert (shown["status"], shown["attempt_count"]) == ("delivered", 2)


def test_a_replay_ends_a_pause(organizer, webhook, work, receiving):
    receiving.answers = timing_out
    make_event(organizer)
    work()
    (delivery,) = organizer.get(f"/webhooks/{webhook['id']}/deliveries").json["items"]
    receiving.answers = failing()
    organizer.post(f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/replay")
    work()
    assert len(receiving.posts) == 2


@pytest.mark.parametrize("kind", TYPES)
def test_a_test_is_an_example_of_any_type_and_says_that_it_is_one(organizer, webhook, work, receiving, kind):
    response = organizer.post(f"/webhooks/{webhook['id']}/test", {"type": kind})
    assert response.status_code == 202
    work()
    ((_, headers, message),) = receiving.posts
    assert (message["type"], message["sequence"]) == (kind, 0)
    assert headers["webhook-test"] == "true"
    assert headers["webhook-id"] == message["id"] == response.json["message"]["id"]
    thing = message["data"][kind.partition(".")[0]]
    assert ObjectId.is_valid(thing["id"]) and message["data"]["actor"]["type"] in ("user", "system")


def test_a_test_is_by_default_of_a_type_that_the_webhook_wants(organizer):
    webhook = make_webhook(organizer, types=["booking.expired"])
    assert organizer.post(f"/webhooks/{webhook['id']}/test").json["message"]["type"] == "booking.expired"


def test_both_secrets_sign_for_a_day_after_one_was_replaced(organizer, webhook, work, receiving, clock):
    response = organizer.post(f"/webhooks/{webhook['id']}/secret")
    assert response.status_code == 200 and response.json["secret"] == "whsec_1"
    signatures = []
    for _ in range(2):
        make_event(organizer)
        work()
        signatures.append(receiving.posts[-1][1]["webhook-signature"])
        clock.advance(hours=24)
    assert signatures == ["whsec_1 whsec_0", "whsec_1"]


def test_however_often_secrets_are_replaced_only_the_latest_sign(organizer, webhook, work, receiving):
    for _ in range(10):
        organizer.post(f"/webhooks/{webhook['id']}/secret")
    make_event(organizer)
    work()
    assert receiving.posts[0][1]["webhook-signature"] == "whsec_10 whsec_9 whsec_8 whsec_7 whsec_6"
