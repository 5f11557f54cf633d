"""Giving a ticket to somebody else, as its customer asks for it."""

import hashlib
import re

import pytest
from bson import ObjectId

from booking_api.bookings.holders import TicketHolders
from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of

from ..apps import mongomock_app, run_jobs
from ..asserting import assert_problem
from ..builders import book, hold, make_event, sign_up

ZOE, YAN = {"name": "Zoe", "email": "zoe@example.com"}, {"name": "Yan", "email": "yan@example.com"}


@pytest.fixture
def booking(app, customer, event, outgoing):
    """A booking of two tickets whose confirmation has gone out."""
    made = book(customer, event, 2)
    run_jobs(app)
    outgoing.messages.clear()
    return made


@pytest.fixture
def stored(app):
    """The collection of bookings."""
    return services_of(app)[BookingStore].collection


@pytest.fixture
def mails(app, outgoing):
    """Runs the jobs: whom they have written to since, and what about."""

    def run():
        run_jobs(app)
        sent, outgoing.messages[:] = list(outgoing.messages), []
        return {mail.to: mail for mail in sent}

    return run


def give(customer, booking, body=ZOE, number=0, **options):
    """Give a ticket to somebody."""
    ticket = booking["tickets"][number]["id"]
    return customer.post(f"/bookings/{booking['id']}/tickets/{ticket}/transfer", body, **options)


def test_the_new_code_goes_to_the_new_holder_alone(app, customer, organizer, event, booking, stored, mails):
    given, kept = booking["tickets"]
    answer = give(customer, booking)
    shown = given | {"attendee_name": "Zoe", "attendee_email": "zoe@example.com", "code": None, "url": None}
    assert (answer.status_code, answer.json) == (200, shown)
    assert customer.get(f"/bookings/{booking['id']}").json["tickets"] == [shown, kept]
    ticket = stored.find_one({})["tickets"][0]
    assert ticket["code"] != given["code"] and len(ticket["code"]) == 22
    assert ticket["revoked_codes"] == [hashlib.sha256(given["code"].encode()).hexdigest()]
    sent = mails()
    assert sent.keys() == {"zoe@example.com"}
    text = sent["zoe@example.com"].text
    assert ticket["code"] in text and re.search(rf"http\S+/t/{ticket['code']}", text)
    assert given["code"] not in text and customer.user["name"] in text
    for path in (f"/events/{event['id']}/bookings", f"/events/{event['id']}/changes"):
        shown = organizer.get(path).text
        assert ticket["code"] not in shown and ticket["revoked_codes"][0] not in shown


def test_a_resend_and_a_whole_mail_of_the_booker_have_the_other_tickets_alone(customer, booking, stored, mails):
    give(customer, booking)
    customer.post(f"/bookings/{booking['id']}/resend")
    text = mails()[customer.user["email"]].text
    new = stored.find_one({})["tickets"][0]["code"]
    assert booking["tickets"][1]["code"] in text
    assert new not in text and booking["tickets"][0]["code"] not in text


def test_given_on_the_former_holder_is_told_and_the_codes_are_dead(customer, booking, stored, mails):
    give(customer, booking)
    mails()
    second = stored.find_one({})["tickets"][0]["code"]
    assert give(customer, booking, YAN).json["attendee_name"] == "Yan"
    sent = mails()
    assert sent.keys() == {"zoe@example.com", "yan@example.com"}
    assert "given to somebody else" in sent["zoe@example.com"].text
    ticket = stored.find_one({})["tickets"][0]
    assert ticket["code"] in sent["yan@example.com"].text and ticket["code"] not in sent["zoe@example.com"].text
    codes = [booking["tickets"][0]["code"], second]
    assert ticket["revoked_codes"] == [hashlib.sha256(code.encode()).hexdigest() for code in codes]


def test_given_to_the_same_address_again_it_is_one_mail_with_a_new_code(customer, booking, mails):
    give(customer, booking)
    first = mails()["zoe@example.com"].text
    give(customer, booking, ZOE | {"email": "ZOE@example.com"})
    sent = mails()
    assert list(sent) == ["ZOE@example.com"] and sent["ZOE@example.com"].text != first


def test_a_mail_that_is_late_has_no_code_of_who_came_after(customer, booking, mails):
    give(customer, booking)
    give(customer, booking, YAN)
    sent = mails()
    assert "no longer valid" in sent["zoe@example.com"].text and "/t/" not in sent["zoe@example.com"].text


@pytest.mark.parametrize("how", ["ticket", "booking", "staff", "event"])
def test_the_holder_is_told_that_the_ticket_was_cancelled(customer, organizer, event, booking, mails, how):
    give(customer, booking)
    mails()
    own = f"/bookings/{booking['id']}/cancel"
    {
        "ticket": lambda: customer.post(own, {"ticket_ids": [booking["tickets"][0]["id"]]}),
        "booking": lambda: customer.post(own),
        "staff": lambda: organizer.post(f"/events/{event['id']}{own}"),
        "event": lambda: organizer.post(f"/events/{event['id']}/cancel"),
    }[how]()
    sent = mails()
    assert sent.keys() == {"zoe@example.com", customer.user["email"]}
    assert ("will not take place" if how == "event" else "has been cancelled") in sent["zoe@example.com"].text


def test_other_tickets_that_are_cancelled_are_no_concern_of_a_holder(customer, booking, mails):
    give(customer, booking)
    mails()
    customer.post(f"/bookings/{booking['id']}/cancel", {"ticket_ids": [booking["tickets"][1]["id"]]})
    assert mails().keys() == {customer.user["email"]}


def test_the_feed_tells_of_it_without_names(customer, organizer, event, booking):
    give(customer, booking)
    *_, told = organizer.get(f"/events/{event['id']}/changes").json["items"]
    assert told["type"] == "ticket.transferred"
    ticket = {"id": booking["tickets"][0]["id"], "booking_id": booking["id"], "status": "valid"}
    assert told["data"] == {"ticket": ticket, "actor": {"type": "user", "id": customer.user["id"]}}


def test_a_key_gives_it_once(app, customer, booking, stored):
    answers = [give(customer, booking, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].data == answers[1].data
    holders, transfer_id = services_of(app)[TicketHolders], ObjectId()
    ids = [ObjectId(each) for each in (booking["id"], booking["tickets"][0]["id"], customer.user["id"])]
    for _ in range(2):  # an attempt whose answer was lost is made again under its id
        holders.transfer(*ids, transfer_id, name="Yan", email="yan@example.com")
    assert len(stored.find_one({})["tickets"][0]["transfers"]) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "cancelled"}, "ticket_cancelled"),
        ({"status": "expired"}, "ticket_cancelled"),
        ({"status": "held"}, "booking_held"),
        ({"tickets.0.cancelled_at": True}, "ticket_cancelled"),
        ({"tickets.0.checked_in_at": True}, "already_checked_in"),
    ],
)
def test_what_lets_nobody_in_or_was_used_is_not_given_away(customer, booking, stored, mails, clock, changes, code):
    changes = {name: clock() if value is True else value for name, value in changes.items()}
    stored.update_one({}, {"$set": changes})
    assert_problem(give(customer, booking), 409, code)
    assert mails() == {}


def test_a_ticket_of_an_event_that_is_over_or_cancelled_is_not_given_away(customer, organizer, event, booking, clock):
    elsewhere = make_event(organizer, date="2030-01-01T13:00:00Z")
    late = book(customer, elsewhere)
    clock.advance(hours=1)
    assert_problem(give(customer, late), 409, "event_past")
    organizer.post(f"/events/{event['id']}/cancel")
    assert_problem(give(customer, booking), 409, "event_cancelled")


def test_tickets_of_others_are_not_found_and_bad_addresses_refused(as_role, customer, event, booking):
    assert_problem(give(as_role("customer"), booking), 404, "booking_not_found")
    assert_problem(give(customer, booking | {"tickets": [{"id": str(ObjectId())}]}), 404, "ticket_not_found")
    wrong = ({}, {"name": "Zoe"}, {"email": "z@example.com"}, ZOE | {"email": "x"}, ZOE | {"name": ""}, ZOE | {"a": 1})
    for body in (*wrong, ZOE | {"name": "x" * 101}, ZOE | {"email": None}):
        assert_problem(give(customer, booking, body), 422, "validation_failed")
    assert hold(customer, event)["tickets"][0]["code"]


def test_only_from_verified_addresses(clock, outgoing, booking):
    strict = mongomock_app(clock, outgoing, require_verified_email=True)
    assert_problem(give(sign_up(strict, "customer"), booking), 403, "email_unverified")
