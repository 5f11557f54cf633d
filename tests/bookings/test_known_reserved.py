"""Sales of an event that a process knows, while another has reserved it for those who wait."""

import pytest
from bson import ObjectId

from booking_api.bookings.rules import SoldOut
from booking_api.bookings.sales import Sales
from booking_api.http.services import services_of
from booking_api.waitlist.requests import JoinWaitlist

from ..builders import make_event, sign_up
from .two_processes import REFUSAL, SALE, commands


@pytest.fixture
def event_id(process, other):
    """A strict event of three tickets, of which the process has sold one and knows it."""
    made = ObjectId(make_event(sign_up(other.app, "organizer"), total_tickets=3, waitlist_policy="strict")["id"])
    process.book(made)
    return made


def wait(process, event_id, quantity):
    """Let somebody wait, who is heard by this process."""
    request = JoinWaitlist(ObjectId(), ObjectId(), None, quantity, quantity)
    return services_of(process.app)[Sales].apply(event_id, request).entry


def test_a_process_sells_nothing_that_others_have_reserved_since(process, other, event_id, sent):
    assert wait(other, event_id, 3)["status"] == "waiting"
    with pytest.raises(SoldOut) as refusal:
        process.book(event_id)
    assert refusal.value.members == {"available_tickets": 0, "waitlist": True}

    def refused():
        with pytest.raises(SoldOut):
            process.book(event_id)

    assert commands(sent, refused) == REFUSAL


def test_a_process_sells_again_what_is_no_longer_reserved(process, other, event_id, sent, database):
    wait(other, event_id, 3)
    with pytest.raises(SoldOut):
        process.book(event_id)
    database["events"].update_one({"_id": event_id}, {"$set": {"reserved_from": None, "waitlist.waiting": 0}})
    process.book(event_id)
    assert commands(sent, lambda: process.book(event_id)) == SALE
