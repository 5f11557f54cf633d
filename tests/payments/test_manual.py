"""An organizer records money that was handed over."""

import pytest

from booking_api.bookings.releases import Releases
from booking_api.jobs.outbox import Outbox
from booking_api.payments.store import PaymentStore

from ..asserting import assert_problem, available
from ..builders import make_event
from .world import PRICED, money, order, seen, told


@pytest.fixture
def record(organizer, by_hand):
    """Records that a booking was paid."""

    def record(booking, api=organizer, event=by_hand, headers=None, **body):
        path = f"/events/{event['id']}/bookings/{booking['id']}/payments"
        return api.post(path, {"method": "cash"} | body, headers=headers or {})

    return record


def test_money_that_was_handed_over_confirms_the_booking(customer, organizer, by_hand, record, work, outgoing):
    booking = order(customer, by_hand)
    paid = record(booking, amount=5000, method="transfer", reference="RF18 5390")
    assert paid.status_code == 201
    assert (paid.json["booking_status"], paid.json["late"], paid.json["amount"]) == ("confirmed", False, 5000)
    assert (seen(customer, booking), money(customer, booking)) == (("confirmed", "paid"), (5000, 0, 0))
    assert told(organizer, by_hand)[1:] == ["booking.held", "payment.succeeded", "booking.confirmed"]
    path = f"/events/{by_hand['id']}/bookings/{booking['id']}/payments"
    lists = [organizer.get(path).json, customer.get(f"/bookings/{booking['id']}/payments").json]
    for listed in lists:
        (shown,) = listed["items"]
        assert (shown["id"], shown["method"], shown["reference"]) == (paid.json["id"], "transfer", "RF18 5390")
    work()
    assert any("confirmation" in line for line in outgoing.lines)


def test_the_same_request_records_it_once_and_another_not_at_all(customer, by_hand, record):
    booking = order(customer, by_hand)
    first, again = (record(booking, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.json == again.json
    assert_problem(record(booking), 409, "already_paid")
    assert money(customer, booking) == (5000, 0, 0)


@pytest.mark.parametrize("amount", [4999, 5001])
def test_an_amount_must_be_what_is_due(customer, by_hand, record, amount):
    refused = record(order(customer, by_hand), amount=amount)
    assert "5000" in assert_problem(refused, 422, "validation_failed")["errors"]["amount"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", 0), ("amount", -1), ("amount", 10**13), ("method", "barter"), ("reference", "x" * 201)],
)
def test_what_cannot_be_is_refused(customer, by_hand, record, field, value):
    refused = record(order(customer, by_hand), **{field: value})
    assert assert_problem(refused, 422, "validation_failed")["errors"].keys() == {field}


def test_only_the_organizer_records_payments_of_bookings_of_the_event(
    as_role, customer, organizer, by_hand, by_card, record
):
    booking = order(customer, by_hand)
    assert_problem(record(booking, as_role("organizer")), 403, "not_your_event")
    assert_problem(record(booking, event=by_card), 404, "booking_not_found")
    assert_problem(record(order(customer, by_card, 1), event=by_card), 409, "payment_not_manual")
    entry = {"email": customer.user["email"], "role": "manager"}
    assert organizer.call("PUT", f"/events/{by_hand['id']}/staff", entry).status_code == 200
    assert_problem(record(booking, customer), 403, "wrong_role")


def test_what_costs_nothing_is_not_paid(customer, organizer, record, as_role):
    free = organizer.post(
        "/events",
        {"title": "Free", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 5, "payment": "manual"},
    ).json
    booking = customer.post("/bookings", {"event_id": free["id"], "quantity": 1}).json
    assert_problem(record(booking, event=free), 409, "already_paid")


def expired(customer, event, clock, work):
    """A booking whose hold has run out."""
    booking = order(customer, event)
    clock.advance(hours=73)
    work()
    assert seen(customer, booking) == ("expired", "none")
    return booking


def test_late_money_takes_the_tickets_again(customer, organizer, by_hand, record, clock, work, log_in):
    booking = expired(customer, by_hand, clock, work)
    customer, organizer = log_in(customer), log_in(organizer)
    paid = record(booking, organizer).json
    assert (paid["late"], paid["booking_status"]) == (False, "confirmed")
    assert (seen(customer, booking), available(customer, by_hand)) == (("confirmed", "paid"), 3)
    assert told(organizer, by_hand)[-3:] == ["booking.expired", "payment.succeeded", "booking.confirmed"]


def test_late_money_is_owed_if_the_tickets_are_gone(customer, other, organizer, by_hand, record, clock, work, log_in):
    booking = expired(customer, by_hand, clock, work)
    customer, organizer, other = log_in(customer), log_in(organizer), log_in(other)
    order(other, by_hand, 4)
    paid = record(booking, organizer).json
    assert (paid["late"], paid["booking_status"]) == (True, "expired")
    assert (seen(customer, booking)[0], money(customer, booking)) == ("expired", (5000, 5000, 0))
    assert available(customer, by_hand) == 1
    assert_problem(record(booking, organizer), 409, "already_paid")


def test_late_money_is_owed_where_the_customer_has_enough_tickets(customer, organizer, clock, work, log_in, record):
    event = make_event(organizer, payment="manual", max_per_customer=3, **PRICED)
    booking = expired(customer, event, clock, work)
    customer, organizer = log_in(customer), log_in(organizer)
    order(customer, event, 2)
    assert record(booking, organizer, event).json["late"]
    assert (seen(customer, booking)[0], money(customer, booking)) == ("expired", (5000, 5000, 0))


def test_who_writes_refunds_finds_the_late_payment(customer, by_hand, record, services):
    found = []

    def write(unit, released):
        ids = [owed.booking["_id"] for owed in released.refunds]
        found.extend(services[PaymentStore].of_bookings(ids, unit.session))

    services[Releases].join(write)
    booking = order(customer, by_hand)
    customer.post(f"/bookings/{booking['id']}/cancel")
    record(booking)
    assert [(each["status"], each["late"]) for each in found] == [("succeeded", True)]


def test_money_for_a_cancelled_booking_is_owed(customer, by_hand, record):
    booking = order(customer, by_hand)
    customer.post(f"/bookings/{booking['id']}/cancel")
    assert record(booking).json["late"]
    assert (seen(customer, booking)[0], money(customer, booking)) == ("cancelled", (5000, 5000, 0))


def test_it_is_published_that_money_is_due(app, customer, by_hand, by_card, services):
    facts = []
    outbox = services[Outbox]
    outbox.record, record = (
        lambda unit, fact, payloads, **o: (
            facts.append(fact.name),
            record(unit, fact, payloads, **o),
        ),
        outbox.record,
    )
    order(customer, by_card)
    assert "payment.due" not in facts
    order(customer, by_hand)
    assert facts.count("payment.due") == 1
