"""When a webhook is disabled, who hears of it, and how it goes on once it is enabled."""

import pytest

from booking_api.http.services import services_of
from booking_api.webhooks.cursor_store import CursorStore

from ..builders import book, log_in_again, make_event
from ..fakes import answered
from .driving import deliver_only, deliveries, make_webhook, stored, told

NOTICE = "Webhook disabled notice sent to"


@pytest.fixture
def notices(outgoing):
    """The mails about disabled webhooks."""
    return lambda: [message for message in outgoing.messages if message.line.startswith(NOTICE)]


def refuse(*_post):
    """The receiver is out of order."""
    return answered(500)


def gone(*_post):
    """The receiver wants nothing more."""
    return answered(410)


def take(*_post):
    """The receiver takes it."""
    return answered(204)


def test_410_disables_a_webhook_at_once_and_tells_its_owner(app, organizer, webhook, work, receiving, notices):
    receiving.answers = gone
    for _ in range(3):
        make_event(organizer)
    work()
    assert len(receiving.posts) == 1
    shown = organizer.get(f"/webhooks/{webhook['id']}").json
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "gone")
    (mail,) = notices()
    assert mail.to == organizer.user["email"]
    assert webhook["id"] in mail.text and "410 Gone" in mail.text


def test_five_days_without_a_success_disable_a_webhook(organizer, webhook, work_for, receiving, notices):
    receiving.answers = refuse
    for day in range(5):
        make_event(log_in_again(organizer), date="2032-01-01T20:00:00Z")
        work_for(step=60, days=1)
        shown = log_in_again(organizer).get(f"/webhooks/{webhook['id']}").json
        assert shown["status"] == "active" and shown["failing_since"] == "2030-01-01T13:00:00Z", day
    work_for(step=60, days=1)
    shown = log_in_again(organizer).get(f"/webhooks/{webhook['id']}").json
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "failing")
    (mail,) = notices()
    assert "five days" in mail.text


def test_one_success_begins_the_five_days_anew(app, organizer, webhook, work_for, receiving):
    receiving.answers = refuse
    for day in range(8):
        make_event(log_in_again(organizer), date="2032-01-01T20:00:00Z")
        work_for(step=60, hours=20)
        receiving.answers = take if day == 4 else refuse
        work_for(step=60, hours=4)
    assert stored(app, webhook)["status"] == "active"


def test_a_failure_long_after_another_does_not_disable_a_quiet_webhook(app, organizer, webhook, work_for, receiving):
    receiving.answers = refuse
    make_event(organizer)
    work_for(step=60, days=4)
    work_for(step=60 * 24, days=20)
    make_event(log_in_again(organizer), date="2032-01-01T20:00:00Z")
    work_for(step=60, hours=5)
    assert stored(app, webhook)["status"] == "active"


def test_what_is_pending_waits_while_a_webhook_is_disabled_and_then_goes_on(
    app, organizer, webhook, work, work_for, receiving
):
    receiving.answers = refuse
    make_event(organizer)
    work()
    organizer.patch(f"/webhooks/{webhook['id']}", {"status": "disabled"})
    work_for(step=60, days=4)  # longer than it would be tried
    assert len(receiving.posts) == 1
    receiving.answers = refuse
    owner = log_in_again(organizer)
    owner.patch(f"/webhooks/{webhook['id']}", {"status": "active"})
    work()
    assert len(receiving.posts) == 2 and deliveries(app, webhook)[0]["status"] == "pending"  # with three days before it
    receiving.answers = take
    work_for(step=60, days=1)
    assert deliveries(app, webhook)[0]["status"] == "delivered"


def test_what_happened_while_a_webhook_was_disabled_follows_when_it_is_enabled(
    app, organizer, customer, webhook, work, work_for, receiving
):
    known = make_event(organizer)
    work()
    organizer.patch(f"/webhooks/{webhook['id']}", {"status": "disabled"})
    quiet, new = make_event(organizer), make_event(organizer)
    organizer.delete(f"/events/{known['id']}")
    book(customer, new)
    work_for(step=1, hours=1)
    assert told(receiving) == [("event.created", 1)]
    log_in_again(organizer).patch(f"/webhooks/{webhook['id']}", {"status": "active"})
    work_for(step=1, minutes=5)
    missed = {(message["event_id"], message["sequence"]) for _, _, message in receiving.posts[1:]}
    assert missed == {(known["id"], 2), (quiet["id"], 1), (new["id"], 1), (new["id"], 2)}
    assert services_of(app)[CursorStore].collection.count_documents({}) == 3


def test_no_mail_goes_out_for_a_webhook_that_is_on_again_or_gone(app, organizer, work, receiving, notices):
    receiving.answers = gone
    for change in ("enable", "delete"):
        webhook = make_webhook(organizer)
        organizer.post(f"/webhooks/{webhook['id']}/test")
        deliver_only(app)
        if change == "enable":
            organizer.patch(f"/webhooks/{webhook['id']}", {"status": "active"})
        else:
            organizer.delete(f"/webhooks/{webhook['id']}")
        receiving.answers = take
        work()
        receiving.answers = gone
    assert notices() == []


def test_its_owner_gets_no_mail_about_a_webhook_that_they_disabled(organizer, webhook, work, notices):
    organizer.patch(f"/webhooks/{webhook['id']}", {"status": "disabled"})
    work()
    assert notices() == []


def test_another_url_begins_with_a_clean_record(app, organizer, webhook, work, receiving):
    receiving.answers = lambda *_post: answered(None, error="no answer", timed_out=True, duration_ms=15_000)
    make_event(organizer)
    work()
    receiving.answers = take
    changed = organizer.patch(f"/webhooks/{webhook['id']}", {"url": "https://other.example.com/"})
    assert changed.json["failing_since"] is None
    make_event(organizer)
    work()
    assert [url for url, _, _ in receiving.posts][1:] == ["https://other.example.com/"]
    assert stored(app, webhook)["slow_until"] is None
