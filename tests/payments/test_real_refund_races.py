"""Refunds that run in parallel, and those of an event that is cancelled, on the real server."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pymongo
import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.cancellation import EventCancellation
from booking_api.bookings.live_bookings import BATCH
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.sales import Sales
from booking_api.errors import Problem
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.payments.refund_requests import RefundBooking
from booking_api.payments.store import PaymentStore

from ..apps import SETTINGS
from ..commands_sent import Counting
from .card_shop import opened
from .money import audited, money_of, put, refunds_of

THREADS = 32


@pytest.fixture
def shop(indexed, database, outgoing, monkeypatch):
    """A shop that takes cards."""
    with opened(database, outgoing, monkeypatch) as made:
        yield made


@pytest.fixture
def sales(shop):
    """The sales of two processes."""
    return [services_of(app)[Sales] for app in (shop.app, shop.process())]


def all_at_once(sales, event_id, requests):
    """What becomes of requests that come at once, to either process: how many of each outcome."""

    def ask(number):
        try:
            return sales[number % len(sales)].apply(ObjectId(event_id), requests[number])
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(ask, range(len(requests))))
    return Counter(each if isinstance(each, str) else "cancelled" for each in outcomes)


def test_refunds_in_parallel_never_exceed_what_was_paid(shop, sales):
    booking = shop.paid()
    asked = [RefundBooking(booking["_id"], ObjectId(), ObjectId(), 300) for _ in range(2 * THREADS)]
    outcomes = all_at_once(sales, shop.event["id"], asked)
    assert outcomes == {"made": 16, "refund_exceeds_payment": 2 * THREADS - 16}
    assert money_of(shop.app, booking) == (200, 5000, 0, 4800, 0)
    (payment,) = services_of(shop.app)[PaymentStore].of_bookings([booking["_id"]])
    assert payment["refunded"] == 4800
    assert audited(shop.app) == []
    assert set(shop.run()) == {("done", 1)}
    assert (shop.given_back(), money_of(shop.app, booking)) == ([300] * 16, (200, 5000, 4800, 0, 0))
    assert audited(shop.app) == []


def test_a_refund_that_is_sent_many_times_is_made_once(shop, sales):
    booking = shop.paid()
    asked = RefundBooking(booking["_id"], ObjectId(), ObjectId(), 300)
    assert all_at_once(sales, shop.event["id"], [asked] * THREADS) == {"made": THREADS}
    assert [each["amount"] for each in refunds_of(shop.app, booking)] == [300]


def test_refunds_tickets_and_cancels_at_once_leave_no_money_behind(shop, sales):
    bookings = [shop.paid() for _ in range(4)]
    asked = []
    for booking in bookings:
        key = booking["_id"]
        asked += [RefundBooking(key, ObjectId(), ObjectId(), amount) for amount in (100, 700, 1900)]
        asked.append(RefundBooking(key, ObjectId(), ObjectId(), None, frozenset([booking["tickets"][0]["_id"]])))
        asked += [Cancellation(key, booking["customer_id"]), RefundBooking(key, ObjectId(), ObjectId())]
    outcomes = all_at_once(sales, shop.event["id"], asked[::2] + asked[1::2])
    assert outcomes.keys() <= {"made", "cancelled", "refund_exceeds_payment"}
    for booking in bookings:
        assert money_of(shop.app, booking)[1:] == (5000, 0, 5000, 0)
        assert sum(each["amount"] for each in refunds_of(shop.app, booking)) == 5000
    assert audited(shop.app) == []


def test_a_refund_in_the_same_transaction_as_a_cancel_is_of_what_is_left(shop, sales):
    booking = shop.paid()
    event_id = ObjectId(shop.event["id"])
    first = RefundBooking(booking["_id"], ObjectId(), ObjectId(), 700)
    last = RefundBooking(booking["_id"], ObjectId(), ObjectId(), 1)
    requests = (first, Cancellation(booking["_id"], booking["customer_id"]), last)
    outcomes = sales[0].commit([(event_id, each) for each in requests])
    assert (outcomes[0], outcomes[1]["status"], outcomes[2].code) == ("made", "cancelled", "refund_exceeds_payment")
    assert sorted(each["amount"] for each in refunds_of(shop.app, booking)) == [700, 4300]
    assert audited(shop.app) == []


def test_a_payment_gives_back_what_it_brought_even_if_its_booking_says_more(shop, sales, caplog):
    refused, cancelled = shop.paid(), shop.paid()
    shop.database["payments"].update_many({}, {"$set": {"refunded": 4000}})
    event_id = ObjectId(shop.event["id"])
    asked = [RefundBooking(refused["_id"], ObjectId(), ObjectId())]
    asked.append(Cancellation(cancelled["_id"], cancelled["customer_id"]))
    assert all_at_once(sales[:1], event_id, asked) == {"refund_exceeds_payment": 1, "cancelled": 1}
    assert money_of(shop.app, refused) == (5000, 5000, 0, 0, 0)
    assert [each["amount"] for each in refunds_of(shop.app, cancelled)] == [1000]
    assert "owes 4000 that no payment has brought" in caplog.text
    assert any("5000 is owed, as it says, and 1000 by its refunds" in fault for fault in audited(shop.app))


def test_a_cancelled_event_owes_each_refund_once_however_it_is_interrupted(shop, monkeypatch, large):
    count = 2 * BATCH * large + 10
    bookings = put(shop.app, shop.event["id"], 1, provider_id="pi_0", bookings=count)
    event_id, organizer = ObjectId(shop.event["id"]), ObjectId(shop.organizer.user["id"])
    cancellation, record, calls = services_of(shop.app)[EventCancellation], Outbox.record, []

    def die_at_the_second(outbox, unit, fact, payloads, **options):
        record(outbox, unit, fact, payloads, **options)
        if fact.name == "payment.refund_owed":
            calls.append(fact)
            if len(calls) == 2:
                raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Outbox, "record", die_at_the_second)
        cancellation.cancel(event_id, organizer, None, seconds=60)
    assert shop.database["refunds"].count_documents({}) == BATCH
    assert audited(shop.app) == []
    job = shop.database["outbox"].find_one({"kind": "bookings.finish_cancellation"})
    for app in (shop.process(), shop.app):  # it is safe to do twice
        services_of(app)[EventCancellation].finish(job)
    assert shop.database["refunds"].count_documents({"status": "pending", "amount": 2500}) == count
    assert shop.database["outbox"].count_documents({"kind": "payments.refund"}) == count
    assert shop.database["payments"].count_documents({"refunded": 2500}) == count
    assert len(shop.database["refunds"].distinct("booking_id")) == count == len(bookings)
    assert audited(shop.app) == []


def test_a_batch_of_a_cancelled_event_has_one_query_and_a_bounded_number_of_writes(shop, mongod):
    sent = Counting()
    put(shop.app, shop.event["id"], 1, provider_id="pi_0", bookings=BATCH)
    event_id, organizer = ObjectId(shop.event["id"]), ObjectId(shop.organizer.user["id"])
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        app = create_app(SETTINGS, database=client[shop.database.name], provider=shop.provider)
        services_of(app)[EventCancellation].cancel(event_id, organizer, None, seconds=60)
    assert sent.commands_on("payments") == ["find", "update"]
    assert sent.commands_on("refunds") == ["insert"]
    assert shop.database["refunds"].count_documents({}) == BATCH


def test_money_that_people_hand_back_is_owed_until_they_have(shop):
    events = shop.database["events"]
    events.update_one({"_id": ObjectId(shop.event["id"])}, {"$set": {"payment": "manual"}})
    (booking,) = put(shop.app, shop.event["id"])
    assert shop.organizer.post(f"/events/{shop.event['id']}/cancel").status_code == 200
    assert (refunds_of(shop.app, booking), money_of(shop.app, booking)) == ([], (5000, 5000, 0, 5000, 0))
    assert audited(shop.app) == []
    assert shop.refund(booking)["status"] == "succeeded"
    assert money_of(shop.app, booking) == (5000, 5000, 5000, 0, 0)
    assert (shop.run(), audited(shop.app)) == ([], [])
