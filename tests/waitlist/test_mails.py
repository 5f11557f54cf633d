"""What those who wait are told by mail, and what they are not."""

import pytest

from ..apps import run_jobs
from ..builders import book, make_event, sign_up
from .people import cancel, entry, join


@pytest.fixture
def event(organizer):
    """An event with two tickets."""
    return make_event(organizer, title="Gala", total_tickets=2, timezone="Europe/Vienna")


@pytest.fixture
def booking(customer, event):
    """Which are sold."""
    return book(customer, event, 2)


@pytest.fixture
def dora(app):
    """Somebody who waits."""
    return sign_up(app, "customer", name="Dora")


@pytest.fixture
def told(app, outgoing, dora):
    """Runs the jobs: the mails to Dora since then."""

    def run():
        run_jobs(app)
        sent, outgoing.messages[:] = list(outgoing.messages), []
        return [mail for mail in sent if mail.to == dora.user["email"]]

    return run


def test_who_joins_hears_of_the_position(event, booking, dora, told):
    join(dora, event, 2, min_quantity=1)
    (mail,) = told()
    assert mail.subject == "You are on the waiting list for Gala"
    assert "Your position is 1." in mail.text and "at least 1" in mail.text and "2 × Ticket" in mail.text
    assert told() == []


def test_an_offer_says_until_when_in_the_zone_of_the_event(event, customer, booking, dora, told):
    join(dora, event, 2)
    told()
    cancel(customer, booking)
    (mail,) = told()
    assert mail.subject == "There are tickets for you: Gala"
    assert "(Europe/Vienna)" in mail.text.split("Confirm your booking by")[1]
    assert entry(dora, event)["booking_id"] in mail.text


def test_an_offer_that_was_answered_is_not_told(event, customer, booking, dora, told):
    join(dora, event, 2)
    told()
    cancel(customer, booking)
    dora.post(f"/bookings/{entry(dora, event)['booking_id']}/confirm")
    assert [mail.subject for mail in told()] == ["Your tickets for Gala"]


def test_who_was_offered_tickets_at_once_hears_of_the_offer_alone(event, customer, booking, dora, told):
    join(dora, event, 2)
    cancel(customer, booking)
    assert [mail.subject for mail in told()] == ["There are tickets for you: Gala"]


def test_who_misses_an_offer_hears_so_once(event, customer, booking, dora, told, clock):
    join(dora, event, 2)
    cancel(customer, booking)
    told()
    clock.advance(hours=2)
    (mail,) = told()
    assert mail.subject == "Your tickets for Gala are no longer held"
    assert entry(dora, event)["status"] == "expired"
    assert told() == []


@pytest.mark.parametrize(("ended", "words"), [("cancelled", "will not take place"), ("over", "sale has ended")])
def test_who_waits_hears_once_that_the_list_is_closed(organizer, event, booking, dora, told, clock, ended, words):
    join(dora, event)
    told()
    if ended == "cancelled":
        organizer.post(f"/events/{event['id']}/cancel")
    else:
        clock.advance(days=366 * 2)
    (mail,) = told()
    assert mail.subject == "The waiting list for Gala is closed" and words in mail.text
    assert told() == []
