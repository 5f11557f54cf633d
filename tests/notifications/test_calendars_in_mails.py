"""Every mail that changes what stands in a guest's calendar has the entry attached, as calendar programs want it."""

import email
import email.policy

import pytest
from bson import ObjectId

from booking_api.bookings import guest_store
from booking_api.bookings.service import BookingService
from booking_api.http.services import services_of
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose

from ..apps import run_jobs
from ..builders import book, hold, make_event
from ..calendars import checked, entry_of


@pytest.fixture
def event(organizer):
    """A published event."""
    return make_event(organizer, title="Žižkov blues", venue="Sál č. 1", end_date="2031-06-01T23:00:00Z")


@pytest.fixture
def sent(app, outgoing):
    """Runs what is due, and then returns the mails since the last time, as programs parse them, by template."""

    def take():
        run_jobs(app)
        mails = {message.template: parsed(message) for message in outgoing.messages}
        assert len(mails) == len(outgoing.messages)
        outgoing.messages.clear()
        return mails

    return take


def parsed(message):
    """A mail that was written out and read in again."""
    raw = compose(message, Mailbox("Tickets", "tickets@example.com")).as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def file_in(mail):
    """The calendar file in a mail, of which the MIME headers are as RFC 6047 has them (section 2.4)."""
    (attached,) = mail.iter_attachments()
    raw = attached.get_payload(decode=True)
    assert attached["Content-Type"].content_type == "text/calendar"
    method = "CANCEL" if b"METHOD:CANCEL\r\n" in raw else "PUBLISH"
    assert dict(attached["Content-Type"].params) == {"charset": "utf-8", "method": method, "component": "VEVENT"}
    assert attached["Content-Transfer-Encoding"] in ("base64", "quoted-printable")
    assert attached["Content-Disposition"].content_disposition == "attachment"
    assert attached.get_filename() == "event.ics"
    return raw


def downloaded(api, booking):
    return api.get(f"/bookings/{booking['id']}/calendar.ics").data


def test_a_confirmation_brings_the_entry_of_the_booking(ada, event, organizer, sent):
    booking = book(ada, event)
    raw = file_in(sent()["confirmation"])
    entry = entry_of(raw)
    assert (entry["UID"], entry["STATUS"]) == (f"{booking['id']}@booking-api", "CONFIRMED")
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Žižkov blues", "Sál č. 1")
    assert entry["ORGANIZER"].params["CN"] == organizer.user["name"]


def test_a_mail_and_the_download_have_the_same_entry(ada, event, sent):
    booking = book(ada, event)
    raw, later = file_in(sent()["confirmation"]), downloaded(ada, booking)
    mailed, got = entry_of(raw), entry_of(later)
    assert got["SEQUENCE"] >= mailed["SEQUENCE"]  # that the confirmation was sent is a change of the booking
    assert {name: mailed[name] for name in mailed if name != "SEQUENCE"} == {
        name: got[name] for name in got if name != "SEQUENCE"
    }


def test_each_mail_replaces_the_entry_of_the_one_before(ada, organizer, event, sent, clock):
    first = book(ada, event)
    entries = [entry_of(file_in(sent()["confirmation"]))]
    for changes in ({"title": "Blues & more"}, {"venue": "Attic"}):
        clock.advance(hours=1)
        organizer.patch(f"/events/{event['id']}", changes)
        entries.append(entry_of(file_in(sent()["event_changed"])))
    clock.advance(hours=1)
    organizer.post(f"/events/{event['id']}/cancel")
    entries.append(entry_of(file_in(sent()["event_cancelled"])))
    assert {str(entry["UID"]) for entry in entries} == {f"{first['id']}@booking-api"}
    sequences, stamps = ([entry[name] for entry in entries] for name in ("SEQUENCE", "DTSTAMP"))
    assert sequences == sorted(set(sequences))
    assert [stamp.dt for stamp in stamps] == sorted({stamp.dt for stamp in stamps})
    assert [str(entry["STATUS"]) for entry in entries] == ["CONFIRMED"] * 3 + ["CANCELLED"]
    assert (entries[2]["SUMMARY"], entries[2]["LOCATION"]) == ("Blues & more", "Attic")


def test_the_receipt_of_a_cancellation_cancels_the_entry(ada, event, sent):
    booking = book(ada, event)
    before = entry_of(file_in(sent()["confirmation"]))
    ada.post(f"/bookings/{booking['id']}/cancel")
    after = entry_of(file_in(sent()["booking_cancelled"]))
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_hold_that_is_given_up_is_cancelled(ada, event, sent):
    booking = hold(ada, event)
    ada.post(f"/bookings/{booking['id']}/cancel")
    assert entry_of(file_in(sent()["booking_cancelled"]))["STATUS"] == "CANCELLED"


def test_a_mail_that_is_late_has_the_newest_entry(ada, organizer, event, sent):
    book(ada, event)
    organizer.patch(f"/events/{event['id']}", {"title": "Blues night"})
    mails = sent()
    confirmed = entry_of(file_in(mails["confirmation"]))
    assert confirmed["SUMMARY"] == "Blues night"
    for mail in mails.values():
        for attached in mail.iter_attachments():
            assert entry_of(attached.get_payload(decode=True))["SEQUENCE"] >= confirmed["SEQUENCE"]


def test_a_notice_of_a_change_has_an_entry_for_each_confirmed_booking(app, ada, bob, organizer, event, outgoing):
    kept = [book(ada, event), book(ada, event)]
    given_back, bobs = book(ada, event), book(bob, event)
    hold(ada, event)
    ada.post(f"/bookings/{given_back['id']}/cancel")
    run_jobs(app)
    outgoing.messages.clear()
    organizer.patch(f"/events/{event['id']}", {"venue": "Attic"})
    run_jobs(app)
    told = {message.to: file_in(parsed(message)) for message in outgoing.messages}
    uids = {to: {str(entry["UID"]) for entry in checked(raw)[1]} for to, raw in told.items()}
    assert uids == {
        "ada@example.com": {f"{booking['id']}@booking-api" for booking in kept},
        "bob@example.com": {f"{bobs['id']}@booking-api"},
    }


def test_a_notice_of_a_cancellation_cancels_what_was_cancelled_with_the_event(
    app, ada, organizer, event, sent, outgoing
):
    together = [book(ada, event), book(ada, event)]
    given_back = book(ada, event)
    ada.post(f"/bookings/{given_back['id']}/cancel")
    run_jobs(app)
    outgoing.messages.clear()
    before = [entry_of(downloaded(ada, booking))["SEQUENCE"] for booking in together]
    organizer.post(f"/events/{event['id']}/cancel")
    calendar, entries = checked(file_in(sent()["event_cancelled"]))
    assert calendar["METHOD"] == "CANCEL"
    assert {str(entry["UID"]) for entry in entries} == {f"{booking['id']}@booking-api" for booking in together}
    assert min(entry["SEQUENCE"] for entry in entries) > max(before)


def test_mails_that_change_nothing_have_no_entry(ada, organizer, event, sent):
    book(ada, event)
    sent()
    organizer.post(f"/events/{event['id']}/messages", {"subject": "Doors", "body": "At seven."})
    assert list(sent()["organizer_message"].iter_attachments()) == []


def test_a_guest_with_very_many_bookings_gets_the_first_of_them(app, ada, event, monkeypatch):
    monkeypatch.setattr(guest_store, "MOST_OF_A_GUEST", 3)
    bookings = [book(ada, event) for _ in range(5)]
    run_jobs(app)
    found = services_of(app)[BookingService].of_guests([(ObjectId(event["id"]), ObjectId(ada.user["id"]))])
    assert [[str(booking["_id"]) for booking in some] for some in found.values()] == [
        [booking["id"] for booking in bookings[:3]]
    ]
