"""What people on waiting lists are mailed: each once, and nothing that is no longer true when it is written."""

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.mailing import AddressUnverified
from booking_api.notifications.waitlist_mails import CLOSED_LIST, JOINED, MISSED, OFFERED

from ..apps import SETTINGS, run_jobs
from ..builders import book, event_fields, hold, log_in_again, make_event
from ..waitlist.people import cancel, entry, join
from .elapsed_time import pass_time

OF_LISTS = (JOINED, OFFERED, MISSED, CLOSED_LIST)


@pytest.fixture
def event(organizer):
    """A published event with four tickets, in a zone of its own."""
    return make_event(organizer, total_tickets=4, timezone="Europe/Vienna", sale_ends="2030-06-01T12:00:00Z")


@pytest.fixture
def sold(event, as_role):
    """Who has bought all of it, with the booking."""
    buyer = as_role("customer")
    return buyer, book(buyer, event, 4)


@pytest.fixture
def told(app, outgoing):
    """The templates of the mails to somebody since the last time, once all jobs have run."""

    def take(person):
        run_jobs(app)
        theirs = [message for message in outgoing.messages if message.to == person.user["email"]]
        outgoing.messages[:] = [message for message in outgoing.messages if message not in theirs]
        return [message.template for message in theirs]

    return take


@pytest.fixture
def run_again(app):
    """Runs the jobs of lists that are done a second time, as after a crash before that was noted."""

    def run():
        services = services_of(app)
        rows = services[Outbox].collection
        done = [row["_id"] for row in rows.find({"kind": {"$in": list(OF_LISTS)}, "state": "done"})]
        again = {"state": "pending", "due_at": services[Outbox].now()}
        rows.update_many({"_id": {"$in": done}}, {"$set": again, "$unset": {"token": 1}})
        services[JobRunner].run(done)

    return run


def edit(organizer, event, **changes):
    """Edit an event."""
    response = organizer.patch(f"/events/{event['id']}", changes)
    assert response.status_code == 200, response.json


def test_who_joins_is_told_their_position_once_and_replies_reach_the_organizer(
    app, outgoing, customer, as_role, organizer, event, sold
):
    join(as_role("customer"), event)
    join(customer, event, 2)
    run_jobs(app)
    (message,) = [each for each in outgoing.messages if each.to == customer.user["email"]]
    assert message.template == "waitlist_joined" and "your position was 2." in message.text
    assert message.reply_to.address == organizer.user["email"]
    assert message.line == f"Waiting list email sent to {customer.user['email']}"


def test_the_position_in_a_mail_is_that_of_the_moment_of_joining(app, outgoing, customer, as_role, event, sold):
    first = as_role("customer")
    join(first, event)
    join(customer, event)
    assert first.delete(f"/events/{event['id']}/waitlist").status_code == 204
    run_jobs(app)
    assert "your position was 2." in outgoing.messages[-1].text
    assert [each.to for each in outgoing.messages].count(first.user["email"]) == 0


def test_who_is_offered_tickets_reads_until_when_and_which_booking_to_confirm(
    app, outgoing, told, customer, event, sold
):
    join(customer, event, 2)
    assert told(customer) == ["waitlist_joined"]
    cancel(*sold)
    run_jobs(app)
    (message,) = [each for each in outgoing.messages if each.to == customer.user["email"]]
    assert message.template == "waitlist_offered"
    assert "We hold them until: Tuesday, 1 January 2030, 14:00 CET (Europe/Vienna)" in message.text
    assert "2 × Ticket" in message.text and entry(customer, event)["booking_id"] in message.text


def test_who_is_offered_tickets_at_once_gets_the_offer_alone(told, customer, as_role, event):
    book(as_role("customer"), event, 2)
    join(customer, event, 3, min_quantity=1)
    assert told(customer) == ["waitlist_offered"]


def test_an_accepted_offer_is_confirmed_by_one_mail_like_any_booking(told, customer, event, sold):
    join(customer, event)
    cancel(*sold)
    assert told(customer) == ["waitlist_offered"]
    booking_id = entry(customer, event)["booking_id"]
    assert customer.post(f"/bookings/{booking_id}/confirm").status_code == 200
    assert told(customer) == ["confirmation"]


@pytest.mark.parametrize(("answer", "mails"), [("confirm", ["confirmation"]), ("cancel", ["booking_cancelled"])])
def test_an_offer_that_was_answered_before_its_mail_is_written_is_told_no_more(
    told, customer, event, sold, answer, mails
):
    join(customer, event)
    cancel(*sold)
    booking_id = entry(customer, event)["booking_id"]
    assert customer.post(f"/bookings/{booking_id}/{answer}").status_code == 200
    assert told(customer) == mails


def test_who_does_not_answer_hears_so_once_and_the_next_is_offered_them(
    app, clock, told, customer, as_role, event, sold
):
    other = as_role("customer")
    join(customer, event, 4)
    join(other, event, 4)
    cancel(*sold)
    assert (told(customer), told(other)) == (["waitlist_offered"], ["waitlist_joined"])
    pass_time(app, clock, seconds=SETTINGS.offer_seconds)
    assert (told(customer), told(other)) == (["waitlist_missed"], ["waitlist_offered"])
    pass_time(app, clock, seconds=SETTINGS.offer_seconds)
    assert (told(customer), told(other)) == ([], ["waitlist_missed"])


def test_an_offer_whose_mail_comes_after_its_end_is_told_as_missed_alone(app, clock, told, customer, event, sold):
    join(customer, event)
    cancel(*sold)
    clock.advance(seconds=SETTINGS.offer_seconds)
    assert told(customer) == ["waitlist_missed"]


def test_a_hold_that_nobody_was_offered_ends_without_a_mail(app, clock, told, customer, event):
    hold(customer, event)
    pass_time(app, clock, seconds=SETTINGS.hold_seconds)
    assert told(customer) == []


def test_who_leaves_hears_nothing(told, customer, event, sold):
    join(customer, event)
    assert customer.delete(f"/events/{event['id']}/waitlist").status_code == 204
    assert told(customer) == []


@pytest.mark.parametrize(
    ("who", "mails"),
    [
        ("waits", ["waitlist_closed"]),
        ("is offered tickets", ["event_cancelled"]),
        ("waits for more than they have booked", ["event_cancelled"]),
        ("has left", []),
    ],
)
def test_a_cancelled_event_is_told_once_whatever_somebody_had(told, customer, organizer, event, sold, who, mails):
    person = sold[0] if "booked" in who else customer
    join(person, event)
    if who == "is offered tickets":
        cancel(*sold)
    if who == "has left":
        assert person.delete(f"/events/{event['id']}/waitlist").status_code == 204
    told(person)
    assert organizer.post(f"/events/{event['id']}/cancel", {"reason": "Rain."}).status_code == 200
    assert told(person) == mails


def test_an_offer_missed_just_before_its_event_is_cancelled_is_not_told(
    app, clock, told, customer, organizer, event, sold
):
    join(customer, event)
    cancel(*sold)
    told(customer)
    services, rows = services_of(app), services_of(app)[Outbox].collection
    clock.advance(seconds=SETTINGS.offer_seconds)
    (expiry,) = rows.find({"kind": "bookings.expire_hold", "state": "pending"})
    services[JobRunner].run([expiry["_id"]])
    assert entry(customer, event)["status"] == "expired"
    assert organizer.post(f"/events/{event['id']}/cancel").status_code == 200
    assert told(customer) == []


def test_the_end_of_the_sale_is_told_once_to_who_waits(app, clock, told, customer, event, sold):
    join(customer, event)
    told(customer)
    pass_time(app, clock, days=160)
    assert told(customer) == ["waitlist_closed"]
    assert entry(log_in_again(customer), event)["status"] == "closed"


def test_a_type_that_is_removed_is_told_to_who_waits_for_it(app, outgoing, told, customer, organizer):
    fields = event_fields(ticket_types=[{"name": name, "price": 1000, "total": 1} for name in ("Seat", "Stand")])
    del fields["total_tickets"]
    event = organizer.post("/events", fields).json
    seat, stand = event["ticket_types"]
    join(customer, event, 2, ticket_type_id=stand["id"])
    assert told(customer) == ["waitlist_joined"]
    edit(organizer, event, ticket_types=[{"id": seat["id"]}])
    run_jobs(app)
    message = outgoing.messages[-1]
    assert message.template == "waitlist_closed"
    assert "the tickets for which you waited are no longer sold" in message.text


def test_a_job_that_runs_twice_says_what_is_true_then_under_the_same_message_id(
    app, outgoing, run_again, customer, as_role, event, sold
):
    other = as_role("customer")
    join(customer, event, 4)
    join(other, event, 4)
    run_jobs(app)
    cancel(*sold)
    run_jobs(app)
    before = [(message.message_id, message.template) for message in outgoing.messages]
    outgoing.messages.clear()
    run_again()
    again = [(message.message_id, message.template) for message in outgoing.messages]
    assert {template for _, template in again} == {"waitlist_joined", "waitlist_offered"}
    assert set(again) <= set(before)  # nobody who is offered tickets hears once more that they wait
    assert len(again) == 2


def test_an_address_that_was_not_verified_is_sent_nothing(app, outgoing, monkeypatch, customer, event, sold):
    sent = []

    def send(message):
        if message.to == customer.user["email"]:
            sent.append(message.solicited)
            raise AddressUnverified

    monkeypatch.setattr(outgoing, "send", send)
    join(customer, event)
    run_jobs(app)
    assert sent == [False]
    assert services_of(app)[Outbox].collection.count_documents({"kind": JOINED, "state": "done"}) == 1
