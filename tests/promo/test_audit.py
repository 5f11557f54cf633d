"""The audit of codes finds each kind of fault, and nothing where all is well."""

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.promo import audit
from booking_api.promo.audit import PromoAudit

from .codes import add_code, buy, priced_event, seat


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


@pytest.fixture
def code(organizer, gala, as_real_role):
    """A code of seats that two bookings have; a third was cancelled."""
    made = add_code(organizer, gala, max_tickets=5, max_bookings=3, ticket_type_ids=[seat(gala)])
    customer = as_real_role("customer")
    buy(customer, gala, 2, 1, hold=True)
    buy(customer, gala, 1, 4)
    cancelled = buy(customer, gala, 1)
    assert customer.post(f"/bookings/{cancelled['id']}/cancel").status_code == 200
    return made


def faults(app):
    """What it finds, without of which event and code."""
    found = [fault for faults in services_of(app)[PromoAudit].check() for fault in faults]
    return [fault.split(": ", 2)[2] for fault in found]


def change(database, code, **fields):
    """Change what is stored of a code."""
    assert database["promo_codes"].update_one({"_id": ObjectId(code["id"])}, {"$set": fields}).matched_count == 1


def test_uses_that_are_those_of_live_bookings_are_no_fault(real_app, code):
    assert faults(real_app) == []


def test_it_says_which_code_of_which_event_is_wrong(real_app, database, gala, code):
    change(database, code, used_tickets=4)
    (found,) = [fault for faults in services_of(real_app)[PromoAudit].check() for fault in faults]
    assert found.startswith(f"event {gala['id']}: code 'SAVE': ")


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ({"used_tickets": 4}, ["counts 4 tickets in 2 bookings, and was used for 3 in 2"]),
        ({"used_bookings": 1}, ["counts 3 tickets in 1 bookings, and was used for 3 in 2"]),
        ({"max_tickets": 2}, ["was used for 3 tickets, and may be for 2"]),
        ({"max_bookings": 1}, ["was used in 2 bookings, and may be in 1"]),
    ],
)
def test_each_fault_of_a_code_is_found(real_app, database, code, stored, found):
    change(database, code, **stored)
    assert faults(real_app) == found


def test_codes_are_read_some_at_a_time_and_none_is_left_out(real_app, database, organizer, gala, code, monkeypatch):
    monkeypatch.setattr(audit, "BATCH", 2)
    for number in range(4):
        change(database, add_code(organizer, gala, f"MORE-{number}"), used_tickets=1)
    assert [len(found) for found in services_of(real_app)[PromoAudit].check()] == [1, 2, 1]


def test_bookings_with_codes_are_found_by_an_index_and_all_others_are_not_read(real_app, database, code):
    live = {"promo._id": {"$in": [ObjectId(code["id"])]}, "status": {"$in": ["held", "confirmed"]}}
    for query in (live, live | {"customer_id": {"$in": [ObjectId()]}}):
        plan = str(database["bookings"].find(query).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan
    assert "promo._id_1_customer_id_1" in str(database["bookings"].find(live).explain()["queryPlanner"]["winningPlan"])
