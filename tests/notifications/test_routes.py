"""The organizer's message to all bookers, over HTTP."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.notifications.rules import MESSAGES_A_DAY

from ..api import Api
from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import book, make_event

WORDS = {"subject": "Doors", "body": "Doors open at seven.\nCome early."}
NOBODY = "0" * 24


@pytest.fixture
def write(organizer, event):
    """Writes to the guests."""
    return lambda body=WORDS, **options: organizer.post(f"/events/{event['id']}/messages", body, **options)


@pytest.fixture
def sent(app, outgoing):
    """Runs the jobs; the organizer's messages that were sent since the last time."""

    def run():
        run_jobs(app)
        messages = [message for message in outgoing.messages if message.template == "organizer_message"]
        outgoing.messages.clear()
        return messages

    return run


def test_a_message_is_taken_on_and_sent(ada, event, write, sent):
    book(ada, event)
    response = write()
    assert response.status_code == 202
    made = {"id": response.json["id"], "event_id": event["id"], "created_at": "2030-01-01T12:00:00Z"}
    assert response.json == WORDS | made
    (message,) = sent()
    assert (message.to, message.subject) == ("ada@example.com", "Doors")
    assert message.line == "Event message sent to ada@example.com"
    assert WORDS["body"] in message.text and "Jazz night" in message.text
    assert sent() == []


def test_it_reaches_everybody_with_a_booking_once_and_nobody_else(as_role, organizer, ada, event, write, sent):
    bob, eve, held = (as_role("customer", email=f"{name}@example.com") for name in ("bob", "eve", "held"))
    other = make_event(organizer)
    book(as_role("customer"), other)
    for _ in range(3):
        book(ada, event)
    book(bob, event)
    eve.post(f"/bookings/{book(eve, event)['id']}/cancel")
    held.post("/bookings", {"event_id": event["id"], "quantity": 1, "hold": True})
    write()
    assert sorted(message.to for message in sent()) == ["ada@example.com", "bob@example.com"]


def test_a_message_to_an_event_without_bookings_reaches_nobody(write, sent):
    assert write().status_code == 202
    assert sent() == []


def test_only_an_organizer_may_write(app, ada, event):
    path = f"/events/{event['id']}/messages"
    response = Api(app.test_client()).post(path, WORDS)
    assert_problem(response, 401, "token_required")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert ada.post(path, WORDS).status_code == 403


def test_only_the_events_own_organizer_may_write(as_role, ada, event, sent):
    book(ada, event)
    assert_problem(as_role("organizer").post(f"/events/{event['id']}/messages", WORDS), 403, "not_your_event")
    assert sent() == []


def test_an_event_that_is_not_there_cannot_be_written_to(as_role, organizer):
    assert_problem(organizer.post(f"/events/{NOBODY}/messages", WORDS), 404, "event_not_found")
    assert organizer.post("/events/nonsense/messages", WORDS).status_code == 404
    draft = make_event(organizer, status="draft")
    assert_problem(as_role("organizer").post(f"/events/{draft['id']}/messages", WORDS), 404, "event_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"body": "Well."}, "subject"),
        ({"subject": "Hi"}, "body"),
        (WORDS | {"subject": ""}, "subject"),
        (WORDS | {"subject": "x" * 201}, "subject"),
        (WORDS | {"subject": "Hi\r\nBcc: eve@example.com"}, "subject"),
        (WORDS | {"subject": "Hi\n"}, "subject"),
        (WORDS | {"subject": 1}, "subject"),
        (WORDS | {"body": ""}, "body"),
        (WORDS | {"body": "x" * 10_001}, "body"),
        (WORDS | {"body": "a\x00b"}, "body"),
        (WORDS | {"body": None}, "body"),
        (WORDS | {"to": "eve@example.com"}, "to"),
    ],
)
def test_a_message_that_is_not_acceptable_is_refused_and_not_counted(write, body, field):
    for _ in range(MESSAGES_A_DAY + 1):
        problem = assert_problem(write(body), 422, "validation_failed")
    assert problem["errors"].keys() == {field}
    assert write().status_code == 202


def test_five_messages_a_day_and_then_one_has_to_wait(organizer, write, clock):
    for _ in range(MESSAGES_A_DAY):
        assert write().status_code == 202
        clock.advance(hours=1)
    response = write()
    assert_problem(response, 429, "too_many_messages")
    wait = int(response.headers["Retry-After"])
    assert (24 - MESSAGES_A_DAY) * 3600 <= wait <= (24 - MESSAGES_A_DAY) * 3600 + 1
    other = make_event(organizer)
    assert organizer.post(f"/events/{other['id']}/messages", WORDS).status_code == 202
    clock.advance(seconds=wait)
    assert write().status_code == 202
    assert_problem(write(), 429, "too_many_messages")


def test_a_refused_message_is_sent_to_nobody(ada, event, write, sent):
    book(ada, event)
    for _ in range(MESSAGES_A_DAY + 2):
        write()
    assert len(sent()) == MESSAGES_A_DAY


def test_a_message_sent_again_with_its_key_is_sent_once(ada, event, write, sent):
    book(ada, event)
    headers = {"Idempotency-Key": "doors"}
    first, again = write(headers=headers), write(headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(sent()) == 1
    assert_problem(write(WORDS | {"subject": "More"}, headers=headers), 422, "idempotency_key_reused")


def test_a_repeat_does_not_count_and_a_429_is_not_kept_under_its_key(write, clock):
    for number in range(MESSAGES_A_DAY):
        for _ in range(2):
            assert write(headers={"Idempotency-Key": f"message-{number}"}).status_code == 202
    late = {"Idempotency-Key": "late"}
    assert write(headers=late).status_code == 429
    clock.advance(days=1)
    response = write(headers=late)
    assert response.status_code == 202
    assert "Idempotent-Replayed" not in response.headers


def test_the_limit_is_exact_when_many_are_sent_at_once(real_app, as_real_role, outgoing):
    organizer, ada = as_real_role("organizer"), as_real_role("customer", email="ada@example.com")
    event = make_event(organizer)
    book(ada, event)

    def write(number):
        own = Api(real_app.test_client(), organizer.token)
        return own.post(f"/events/{event['id']}/messages", {"subject": f"Number {number}", "body": "Well."})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(write, range(20)))
    assert Counter(answer.status_code for answer in answers) == {202: MESSAGES_A_DAY, 429: 20 - MESSAGES_A_DAY}
    run_jobs(real_app)
    said = [message.subject for message in outgoing.messages if message.template == "organizer_message"]
    assert sorted(said) == sorted(answer.json["subject"] for answer in answers if answer.status_code == 202)


def test_one_message_sent_many_times_at_once_under_one_key_is_sent_once(real_app, as_real_role, outgoing):
    organizer, ada = as_real_role("organizer"), as_real_role("customer", email="ada@example.com")
    event = make_event(organizer)
    book(ada, event)

    def write(_number):
        own = Api(real_app.test_client(), organizer.token)
        return own.post(f"/events/{event['id']}/messages", WORDS, headers={"Idempotency-Key": "doors"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert 202 in {answer.status_code for answer in answers}
    run_jobs(real_app)
    assert len([message for message in outgoing.messages if message.template == "organizer_message"]) == 1
