"""Refunds by a provider: on the real server, with a fake of Stripe over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from booking_api.bookings.sales import Sales
from booking_api.clock import now
from booking_api.events.change_store import ChangeStore
from booking_api.http.services import services_of
from booking_api.jobs.administration import OutboxAdministration
from booking_api.jobs.outbox import Outbox
from booking_api.payments.refund_execution import LONGEST_PENDING, RefundExecution
from booking_api.payments.store import PaymentStore, RefundStore

from .card_shop import opened
from .money import audited, refunds_of


@pytest.fixture
def shop(indexed, database, outgoing, monkeypatch):
    """A shop that takes cards."""
    with opened(database, outgoing, monkeypatch) as made:
        yield made


@pytest.fixture
def execution(shop):
    """What the webhook asks when a refund has changed."""
    services = services_of(shop.app)
    stores = services[PaymentStore], services[RefundStore]
    return RefundExecution(*stores, services[Sales], shop.provider, now)


def at_stripe(shop, number=-1):
    """A refund as the fake has it, the latest first."""
    return shop.fake.refunds.list({})["data"][-number - 1]


def told(shop):
    """The amounts of money that the feed tells has gone back."""
    rows = services_of(shop.app)[ChangeStore].collection.find({"event_id": ObjectId(shop.event["id"])})
    changes = [change for row in rows for change in row["changes"] if change["type"] == "payment.refunded"]
    return [change["data"]["payment"]["amount"] for change in changes]


def test_the_money_of_a_refund_goes_back_once_and_then_it_is_told(shop):
    booking = shop.paid()
    shop.refund(booking, amount=2000)
    assert shop.status(booking) == ([("pending", 2000)], (3000, 5000, 0, 2000, 0))
    assert (shop.run(), shop.given_back(), told(shop)) == ([("done", 1)], [2000], [2000])
    assert shop.status(booking) == ([("succeeded", 2000)], (3000, 5000, 2000, 0, 0))
    shop.database["outbox"].update_many({}, {"$set": {"state": "pending"}})
    shop.run()
    assert (shop.given_back(), told(shop), audited(shop.app)) == ([2000], [2000], [])


def test_a_provider_that_does_not_answer_is_asked_later(shop):
    booking = shop.paid()
    shop.refund(booking)
    shop.fake.fail_next("error", count=4)
    assert shop.run() == [("pending", 1)]
    assert shop.status(booking) == ([("pending", 5000)], (0, 5000, 0, 5000, 0))
    shop.fake.faults.clear()
    shop.fake.keys.clear()
    assert shop.run() == [("done", 2)]
    assert (shop.given_back(), audited(shop.app)) == ([5000], [])


def test_an_answer_that_was_lost_gives_nothing_back_twice(shop):
    booking = shop.paid()
    shop.refund(booking)
    shop.fake.fail_next("cut", effect=True, count=2, on="POST /v1/refunds")
    assert shop.run() == [("pending", 1)]
    shop.fake.faults.clear()
    shop.fake.keys.clear()  # a day later
    assert shop.run() == [("done", 2)]
    assert (shop.given_back(), shop.status(booking)[0]) == ([5000], [("succeeded", 5000)])


def test_a_crash_between_provider_and_database_gives_nothing_back_twice(shop, monkeypatch):
    booking = shop.paid()
    shop.refund(booking)

    def die(*_args):
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Sales, "apply", die)
        shop.run()
    assert (shop.given_back(), shop.status(booking)[0]) == ([5000], [("pending", 5000)])
    assert audited(shop.app) == []
    assert shop.run(app=shop.process()) == [("done", 2)]
    assert (shop.given_back(), told(shop), audited(shop.app)) == ([5000], [5000], [])


@pytest.mark.parametrize("how", ["webhook", "look"])
def test_a_refund_that_is_pending_ends_when_the_provider_says_so(shop, execution, how):
    booking = shop.paid("pm_card_pendingRefund")
    shop.refund(booking)
    assert shop.run() == [("pending", 1)]
    known = at_stripe(shop)["id"]
    assert [each["provider_id"] for each in refunds_of(shop.app, booking)] == [known]
    shop.fake.refunds.finish(known, succeeded=True)
    if how == "webhook":
        for _ in range(2):
            execution.refund_changed(known)
        assert shop.status(booking)[0] == [("succeeded", 5000)]
    assert shop.run() == [("done", 2)]
    assert shop.status(booking) == ([("succeeded", 5000)], (0, 5000, 5000, 0, 0))
    assert (shop.given_back(), told(shop), audited(shop.app)) == ([5000], [5000], [])


def test_somebody_has_to_look_at_what_is_pending_for_too_long(shop):
    booking = shop.paid("pm_card_pendingRefund")
    shop.refund(booking)
    long_ago = now() - LONGEST_PENDING - timedelta(days=1)
    shop.database["refunds"].update_one({}, {"$set": {"created_at": long_ago}})
    assert shop.run() == [("failed", 1)]
    assert shop.status(booking)[0] == [("pending", 5000)]


@pytest.mark.parametrize("how", ["webhook", "look"])
def test_what_failed_stays_owed_and_is_tried_again_by_hand(shop, execution, how):
    booking = shop.paid("pm_card_pendingRefund")
    shop.refund(booking)
    shop.run()
    known = at_stripe(shop)["id"]
    shop.fake.refunds.finish(known, succeeded=False)
    if how == "webhook":
        execution.refund_changed(known)
    assert shop.run() == [("failed", 2)]
    assert shop.status(booking) == ([("failed", 5000)], (0, 5000, 0, 5000, 0))
    assert audited(shop.app) == []
    execution.refund_changed(known)
    assert OutboxAdministration(services_of(shop.app)[Outbox]).retry(None) == 1
    assert shop.run() == [("pending", 1)]
    assert shop.given_back() == [5000, 5000]  # of which one has failed
    execution.refund_changed(known)  # late news of the first try
    assert shop.status(booking)[0] == [("pending", 5000)]
    shop.fake.refunds.finish(at_stripe(shop, 1)["id"], succeeded=True)
    assert shop.run() == [("done", 2)]
    assert shop.status(booking) == ([("succeeded", 5000)], (0, 5000, 5000, 0, 0))
    assert (told(shop), audited(shop.app)) == ([5000], [])


def test_what_the_provider_refuses_is_visible_and_can_be_tried_again(shop):
    booking = shop.paid()
    elsewhere = {"payment_intent": services_of(shop.app)[PaymentStore].of_bookings([booking["_id"]])[0]["provider_id"]}
    by_hand = shop.fake.refunds.create(elsewhere | {"amount": "4000"})
    shop.refund(booking)
    assert shop.run() == [("failed", 1)]
    (refund,) = refunds_of(shop.app, booking)
    assert (refund["status"], refund["failure"]) == ("failed", "refund_exceeds_payment")
    assert audited(shop.app) == []
    shop.fake.refunds.finish(by_hand["id"], succeeded=False)
    OutboxAdministration(services_of(shop.app)[Outbox]).retry(None)
    assert shop.run() == [("done", 1)]
    assert shop.status(booking)[0] == [("succeeded", 5000)]


def test_a_refund_that_the_bank_sends_back_is_owed_again_and_visible(shop, execution):
    booking = shop.paid("pm_card_refundFail")
    shop.refund(booking, amount=2000)
    shop.run()
    known = at_stripe(shop)["id"]
    shop.fake.refunds.finish(known, succeeded=False)
    for _ in range(2):
        execution.refund_changed(known)
    assert shop.status(booking) == ([("failed", 2000)], (3000, 5000, 0, 2000, 0))
    assert shop.run() == [("done", 1), ("failed", 1)]
    assert audited(shop.app) == []
    OutboxAdministration(services_of(shop.app)[Outbox]).retry(None)
    assert shop.run() == [("done", 1), ("done", 1)]
    assert shop.status(booking) == ([("succeeded", 2000)], (3000, 5000, 2000, 0, 0))


def test_what_the_provider_says_of_another_amount_changes_nothing(shop, monkeypatch):
    booking = shop.paid()
    shop.refund(booking, amount=2000)
    ask = shop.provider.refund
    monkeypatch.setattr(shop.provider, "refund", lambda *asked: replace(ask(*asked), amount=200))
    assert shop.run() == [("failed", 1)]
    assert shop.status(booking) == ([("pending", 2000)], (3000, 5000, 0, 2000, 0))


def test_news_of_an_earlier_try_are_not_kept_for_the_next(shop):
    booking = shop.paid()
    shop.refund(booking)
    refunds = services_of(shop.app)[RefundStore]
    (before,) = refunds_of(shop.app, booking)
    refunds.change({before["_id"]: {"status": "failed", "tries": 1, "provider_id": "re_1"}}, None)
    refunds.note(before, "re_0")
    (failed,) = refunds_of(shop.app, booking)
    refunds.note(failed, "re_0")
    assert refunds_of(shop.app, booking) == [failed]
    refunds.reopen(before)
    assert refunds_of(shop.app, booking) == [failed]
    refunds.reopen(failed)
    (again,) = refunds_of(shop.app, booking)
    assert (again["status"], again["tries"], "provider_id" in again) == ("pending", 1, False)
    refunds.note(before, "re_0")
    assert refunds_of(shop.app, booking) == [again]


def test_what_was_refunded_at_the_provider_by_hand_is_no_concern(shop, execution):
    booking = shop.paid()
    intent = services_of(shop.app)[PaymentStore].of_bookings([booking["_id"]])[0]["provider_id"]
    made = shop.fake.refunds.create({"payment_intent": intent, "amount": "100"})
    execution.refund_changed(made["id"])
    assert shop.status(booking) == ([], (5000, 5000, 0, 0, 0))
