"""An organizer's message to many bookers on the real server: to each once, whatever dies, cancelled events too."""

import email
import email.policy
from collections import Counter
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from booking_api.bookings.live_bookings import LiveBookings
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications import notice_mails
from booking_api.notifications import service as notifications
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose

from ..apps import run_jobs
from .conftest import BATCH, GUESTS
from .power_cuts import PowerCut, go_on

WORDS = {"subject": "Doors", "body": "Doors open at seven.\r\nCome early.\n\nSee https://example.com/<map>"}


def write(guests, **words):
    """Write to the guests."""
    organizer, event, _emails = guests
    answer = organizer.post(f"/events/{event['id']}/messages", WORDS | words)
    assert answer.status_code == 202, answer.json
    return answer.json


def cancel(guests):
    """Cancel their event."""
    organizer, event, _emails = guests
    assert organizer.post(f"/events/{event['id']}/cancel", {}).status_code == 200


def messages(outgoing):
    """The organizer's messages that were sent."""
    return [message for message in outgoing.messages if message.template == "organizer_message"]


def told(outgoing):
    """How many of them went to whom."""
    return Counter(message.to for message in messages(outgoing))


@pytest.fixture
def cut_after(monkeypatch):
    """Cuts the power once so many jobs of a kind are done, before that is noted; returns how to mend it."""
    complete, seen = Outbox.complete, []

    def choose(kind, count):
        def cut(self, jobs):
            seen.extend(job for job in jobs if job["kind"] == kind)
            if len(seen) >= count:
                raise PowerCut
            complete(self, jobs)

        monkeypatch.setattr(Outbox, "complete", cut)
        return lambda: monkeypatch.setattr(Outbox, "complete", complete)

    return choose


def test_every_booker_gets_it_once_over_several_batches(real_app, guests, outgoing, monkeypatch):
    batches, record = [], Outbox.record

    def count(self, unit, fact, payloads, **options):
        if fact == notifications.NOTICE_OWED:
            batches.append(len(payloads))
        record(self, unit, fact, payloads, **options)

    monkeypatch.setattr(Outbox, "record", count)
    write(guests)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)
    assert max(batches) <= BATCH and len(batches) > GUESTS // BATCH
    assert len({message.message_id for message in messages(outgoing)}) == GUESTS


@pytest.mark.parametrize("count", [1, 3])
def test_what_went_out_before_a_power_cut_goes_out_again_as_the_same_message(
    real_app, guests, outgoing, cut_after, count
):
    write(guests)
    mend = cut_after(notice_mails.TELL, count)
    with pytest.raises(PowerCut):
        run_jobs(real_app)
    before = {message.to: message.message_id for message in messages(outgoing)}
    assert before
    mend()
    go_on(real_app)
    ids = {(message.to, message.message_id) for message in messages(outgoing)}
    assert sorted(to for to, _ in ids) == sorted(guests[2])
    assert set(before.items()) <= ids


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_fan_out_that_dies_is_gone_on_with_and_nobody_gets_it_twice(real_app, guests, outgoing, cut_after, count):
    write(guests)
    mend = cut_after(notifications.FAN_OUT, count)
    with pytest.raises(PowerCut):
        run_jobs(real_app)
    mend()
    go_on(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_the_guests_of_a_cancelled_event_get_it_and_who_cancelled_before_does_not(real_app, database, guests, outgoing):
    given_up = {"status": "cancelled", "cancelled_by": "customer"}
    gone = database["users"].find_one({"email": "guest5@example.com"})["_id"]
    database["bookings"].update_many({"customer_id": gone}, {"$set": given_up})
    cancel(guests)
    write(guests)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(set(guests[2]) - {"guest5@example.com"}, 1)


def test_guests_get_it_whose_bookings_are_still_to_be_cancelled_with_the_event(real_app, guests, outgoing, monkeypatch):
    monkeypatch.setattr(LiveBookings, "cancel_some", lambda *_args: 0)
    cancel(guests)
    write(guests)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_of_an_event_that_takes_place_nobody_gets_it_whose_booking_was_cancelled(real_app, database, guests, outgoing):
    gone = database["users"].find_one({"email": "guest5@example.com"})["_id"]
    by_organizer = {"status": "cancelled", "cancelled_by": "organizer"}
    database["bookings"].update_many({"customer_id": gone}, {"$set": by_organizer})
    write(guests)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(set(guests[2]) - {"guest5@example.com"}, 1)


@pytest.mark.parametrize("batches_before", range(4))
def test_a_message_that_a_cancellation_overtakes_reaches_everybody_once(
    real_app, guests, outgoing, monkeypatch, batches_before
):
    read, reads = services_of(real_app)[notifications.NotificationService]._bookings.bookers, []

    def cancel_while_reading(*args, **options):
        if not options["of_cancelled_event"]:
            reads.append(1)
            if len(reads) == batches_before + 1:
                cancel(guests)
        return read(*args, **options)

    write(guests)
    bookings = services_of(real_app)[notifications.NotificationService]._bookings
    monkeypatch.setattr(bookings, "bookers", cancel_while_reading)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_a_message_of_an_event_that_is_gone_is_sent_to_nobody(real_app, database, guests, outgoing):
    write(guests)
    database["events"].delete_many({})
    run_jobs(real_app)
    assert messages(outgoing) == []


def test_its_mails_are_answered_by_its_organizer_whatever_they_are_called(real_app, database, guests, outgoing):
    organizer, _event, _emails = guests
    name = 'Žofie "Bo" Nováková, <李小龍> ' * 3 + "🎷"
    assert organizer.patch("/users/me", {"name": name}).status_code == 200
    write(guests, subject="Пора: " + "x" * 194)
    run_jobs(real_app)
    assert len(messages(outgoing)) == GUESTS
    for sent in messages(outgoing):
        raw = compose(sent, Mailbox("", "tickets@example.com")).as_bytes()
        assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert [answered_by.addr_spec for answered_by in mail["Reply-To"].addresses] == [organizer.user["email"]]
        # The modern parser leaves spaces between encoded words.
        ((encoded, address),) = getaddresses(email.message_from_bytes(raw).get_all("Reply-To"))
        assert (str(make_header(decode_header(encoded))), address) == (name, organizer.user["email"])
        assert mail["Subject"] == "Пора: " + "x" * 194
        text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert f"{name}, the organizer of this event, has written to you:\n\nJazz night\n" in text
        assert "Doors open at seven.\nCome early.\n\nSee https://example.com/<map>\n" in text
        html = mail.get_body(("html",)).get_content()
        assert "Doors open at seven.<br>Come early.<br><br>See https://example.com/&lt;map&gt;</blockquote>" in html
