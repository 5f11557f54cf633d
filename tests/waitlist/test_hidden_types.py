"""Nobody waits for a hidden ticket type, and a list is as if there were none."""

import pytest
from bson import ObjectId

from booking_api.bookings import rules as booking_rules
from booking_api.errors import ValidationFailed
from booking_api.waitlist.audit import faults
from booking_api.waitlist.requests import ServeWaitlist
from booking_api.waitlist.rules import require_line

from ..apps import run_jobs
from ..asserting import assert_problem
from ..bookings.ledgers import LATER, NOW, OPEN, PLAIN, SEAT, STAND, TYPED
from ..events.hidden_types import edit_types, with_types
from .lists import Listed, ledger_with, listed_event, settle, waiter
from .people import all_faults, cancel, entry, join, shown

A, B = ({"name": name, "price": 1000, "total": 2} for name in "AB")
HIDDEN_B = B | {"hidden": True}


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def customer(as_real_role):
    """Somebody who waits."""
    return as_real_role("customer")


@pytest.fixture
def buyer(as_real_role):
    """Somebody who books."""
    return as_real_role("customer")


@pytest.fixture
def _nothing_is_wrong(real_app):
    yield
    run_jobs(real_app)
    assert all_faults(real_app) == []


def buy(buyer, event, *quantities):
    """Book so many tickets of each type."""
    types = zip(event["ticket_types"], quantities, strict=True)
    items = [{"ticket_type_id": each["id"], "quantity": quantity} for each, quantity in types if quantity]
    return buyer.post("/bookings", {"event_id": event["id"], "items": items})


@pytest.mark.usefixtures("_nothing_is_wrong")
def test_a_hidden_type_cannot_be_waited_for(organizer, customer, buyer):
    event = with_types(organizer, A, HIDDEN_B)
    path, hidden = f"/events/{event['id']}/waitlist", event["ticket_types"][1]["id"]
    answers = [customer.post(path, {"quantity": 2, "ticket_type_id": each}) for each in (hidden, str(ObjectId()))]
    errors = [assert_problem(answer, 422, "validation_failed")["errors"] for answer in answers]
    assert errors[0] == errors[1]
    problem = assert_problem(customer.post(path, {"quantity": 2}), 409, "tickets_available")
    assert problem["available_tickets"] == 2
    assert buy(buyer, event, 2, 0).status_code == 201
    assert join(customer, event, 2)["ticket_type_id"] == event["ticket_types"][0]["id"]


@pytest.mark.usefixtures("_nothing_is_wrong")
@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_who_waits_for_a_type_that_is_hidden_is_closed(real_app, organizer, customer, buyer, policy):
    event = with_types(organizer, A, B, waitlist_policy=policy)
    assert buy(buyer, event, 0, 2).status_code == 201
    join(customer, event, ticket_type_id=event["ticket_types"][1]["id"])
    edit_types(organizer, event, {}, {"hidden": True})
    run_jobs(real_app)
    assert entry(customer, event)["status"] == "closed"
    assert shown(customer, event) == {"open": True, "waiting": 0}
    assert buy(buyer, event, 1, 0).status_code == 201


@pytest.mark.usefixtures("_nothing_is_wrong")
def test_an_offer_of_a_type_that_is_hidden_holds_and_then_goes_to_nobody(real_app, organizer, customer, buyer):
    event = with_types(organizer, A, B)
    booked = buy(buyer, event, 0, 2).json
    join(customer, event, ticket_type_id=event["ticket_types"][1]["id"])
    cancel(buyer, booked)
    offered = entry(customer, event)
    edit_types(organizer, event, {}, {"hidden": True})
    run_jobs(real_app)
    assert entry(customer, event) == offered
    cancel(customer, {"id": offered["booking_id"]})
    assert entry(customer, event)["status"] == "declined"
    assert customer.get(f"/events/{event['id']}").json["available_tickets"] == 2


@pytest.mark.usefixtures("_nothing_is_wrong")
def test_a_code_buys_hidden_tickets_past_a_strict_list(monkeypatch, organizer, customer, buyer):
    event = with_types(organizer, A, HIDDEN_B, waitlist_policy="strict")
    assert buy(buyer, event, 1, 0).status_code == 201
    join(customer, event, 2)
    monkeypatch.setattr(booking_rules, "orderable", lambda event, _unlocked: event["ticket_types"])
    assert assert_problem(buy(buyer, event, 1, 0), 409, "sold_out")["waitlist"] is True
    assert buy(buyer, event, 0, 2).status_code == 201
    assert "waitlist" not in assert_problem(buy(buyer, event, 0, 1), 409, "sold_out")
    assert entry(customer, event)["status"] == "waiting"


def hidden_event():
    """The types of an event, by id, of which the second is hidden."""
    made = [{"_id": each, "name": "A", "price": 1, "total": 9, "available": 2, **OPEN} for each in (SEAT, STAND)]
    return {"ticket_types": [made[0], made[1] | {"hidden": True}], "available_tickets": 4}


@pytest.mark.parametrize("policy", ["first_fit", "strict"])
def test_hidden_tickets_are_offered_to_nobody(policy):
    listed = Listed(waiter(1, 1, type_id=STAND), waiter(2, 1, type_id=SEAT))
    ledger = ledger_with(listed, **hidden_event(), waitlist_policy=policy)
    ledger.stock.released = True
    assert settle(ledger, listed) == [(2, 1)]
    ledger = ledger_with(listed, **hidden_event(), waitlist_policy=policy)
    ledger.apply(ServeWaitlist())
    assert settle(ledger, listed) == []  # the first is closed before anything is offered
    assert ledger.stock.sets["waitlist"]["waiting"] == 1


def test_the_audit_lets_somebody_wait_for_hidden_tickets_until_they_are_closed():
    listed = Listed(waiter(1, 1, type_id=STAND))
    event = listed_event(listed, **hidden_event(), reserved_from=None)
    assert list(faults(event, listed.entries, {}, NOW)) == []
    seen = event | {"ticket_types": [each | {"hidden": False} for each in event["ticket_types"]]}
    assert list(faults(seen, listed.entries, {}, NOW)) == ["somebody waits for tickets that are on sale"]


def test_a_list_is_of_the_only_type_that_is_shown():
    event = PLAIN | hidden_event()
    assert require_line(None, 1, 1, event).ticket_type_id == SEAT
    all_hidden = TYPED | {"ticket_types": [each | {"hidden": True} for each in TYPED["ticket_types"]]}
    for type_id in (None, SEAT):
        with pytest.raises(ValidationFailed) as refused:
            require_line(type_id, 1, 1, all_hidden | {"date": LATER})
        assert list(refused.value.members["errors"]) == ["ticket_type_id"]
