"""Codes and payments on a running service with the fake of Stripe: parallel use, success that meets expiry, refunds."""

import json
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import pytest
from bson import ObjectId

from booking_api.clock import now
from booking_api.development.fake_stripe.events import signature

from ..pids import eventually
from ..processes import Caller
from .card_payments import PRICE, card_shop
from .conftest import named
from .money_checks import assert_clean, refunds_at

CUSTOMERS = 16
PARALLEL = 200
CODE_TICKETS = 7
THREADS = 32


@pytest.fixture(scope="module")
def shop(mongod):
    """A shop with three workers, which the tests of this module share; each has events of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        card_shop(Path(folder) / "var", named(mongod), customers=CUSTOMERS) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def _adds_up(shop):
    yield
    assert_clean(shop)


def at_once(send, arguments):
    """Call `send` for all of these at the same moment, each in a thread; the answers in their order."""
    arguments = list(arguments)
    ready = threading.Barrier(len(arguments))

    def begin(each):
        ready.wait()
        return send(*each)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(begin, arguments))


def outcomes(answers):
    """How often each status or problem was answered."""
    return Counter(str(each.status_code) if each.ok else each.json()["code"] for each in answers)


def uses(shop, event, code):
    """For how many tickets a code is used, and in how many bookings."""
    shown = shop.organizer.get(f"/events/{event['id']}/codes/{code['id']}").json()
    return shown["used_tickets"], shown["used_bookings"]


def test_of_200_parallel_bookings_seven_get_the_code_and_give_it_back_once(shop, large):
    event = shop.event(total=10_000, payment="none")
    code = shop.add_code(event, max_tickets=CODE_TICKETS)

    def rush(count, **fields):
        orders = [(caller.again(), event) for caller, _ in zip(cycle(shop.callers), range(count), strict=False)]
        return at_once(lambda *order: shop.order(*order, code="save", **fields), orders)

    def cancel(booking, times, **body):
        owner = next(each for each in shop.callers if each.get(f"/bookings/{booking['id']}").ok)
        path = f"/bookings/{booking['id']}/cancel"
        return at_once(lambda caller: shop.send(caller, path, body), [(owner.again(),) for _ in range(times)])

    heard = rush(PARALLEL)
    assert outcomes(heard) == {"201": CODE_TICKETS, "code_exhausted": PARALLEL - CODE_TICKETS}
    booked = [each.json() for each in heard if each.ok]
    assert {each["discount"]["amount"] for each in booked} == {PRICE // 5}
    for booking in booked[:3]:
        assert outcomes(cancel(booking, 4)) == {"200": 4}
    assert uses(shop, event, code) == (4, 4)
    three = shop.order(shop.callers[0], event, 3, code="SAVE").json()
    tickets = [ticket["id"] for ticket in three["tickets"]]
    assert outcomes(cancel(three, 4, ticket_ids=tickets[:2])) == {"200": 4}
    assert uses(shop, event, code) == (5, 5)
    assert outcomes(rush(20 * large, hold=True))["201"] == 2
    assert len(shop.let_holds_end(event_id=ObjectId(event["id"]))) == 2
    shop.settle()
    assert uses(shop, event, code) == (5, 5)
    assert outcomes(rush(50))["201"] == 2
    assert uses(shop, event, code) == (7, 7)


def test_parallel_refunds_of_a_payment_never_exceed_it_here_and_at_the_provider(shop, large):
    event, customer = shop.event(), shop.callers[0]
    for _ in range(max(1, large // 2)):
        booking, intent_id = shop.paid(customer, event, quantity=4)
        path = f"/events/{event['id']}/bookings/{booking['id']}/refunds"
        amounts = [number * 37 + 100 for number in range(THREADS)]
        assert sum(amounts) > 2 * booking["amount"]
        asked = [(shop.organizer.again(), path, {"amount": amount}) for amount in amounts]
        cancelled = {"ticket_ids": [booking["tickets"][0]["id"]]}
        asked += [(customer.again(), f"/bookings/{booking['id']}/cancel", cancelled)] * 2
        answers = at_once(shop.send, asked)
        refunds, cancels = answers[:THREADS], answers[THREADS:]
        assert outcomes(refunds).keys() == {"201", "refund_exceeds_payment"}
        assert outcomes(cancels) == {"200": 2}
        shop.settle()
        there = sum(refund["amount"] for refund in refunds_at(shop.fake, intent_id))
        made = sum(each.json()["amount"] for each in refunds if each.ok)
        money = shop.read(customer, booking)["payment"]
        assert made <= there == money["refunded"] <= booking["amount"] == money["paid"]
        rest = shop.send(shop.organizer, path)
        if money["refunded"] < money["paid"]:
            assert (rest.status_code, rest.json()["amount"]) == (201, money["paid"] - money["refunded"])
        else:
            assert rest.json()["code"] == "refund_exceeds_payment"
        assert shop.refunded(customer, booking, booking["amount"])["payment"]["status"] == "refunded"


@pytest.mark.parametrize("amount", [-1, 0, PRICE - 1, PRICE + 1, 10**13, 2500.0, "2500", True])
def test_a_payment_by_hand_of_another_amount_than_is_due_changes_nothing(shop, amount):
    event, customer = shop.event(total=1, payment="manual"), shop.callers[0]
    booking = shop.held(customer, event)
    path = f"/events/{event['id']}/bookings/{booking['id']}/payments"
    refused = shop.send(shop.organizer, path, {"method": "cash", "amount": amount})
    assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"amount"})
    assert shop.read(customer, booking) == booking
    assert shop.organizer.get(path).json()["items"] == []


def test_a_refund_of_what_cannot_be_changes_nothing(shop):
    event, customer = shop.event(), shop.callers[0]
    booking, intent_id = shop.paid(customer, event)
    path = f"/events/{event['id']}/bookings/{booking['id']}/refunds"
    for amount in (-1, 0, 1.0, "1", 10**13):
        refused = shop.send(shop.organizer, path, {"amount": amount})
        assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"amount"})
    refused = shop.send(shop.organizer, path, {"amount": PRICE + 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_exceeds_payment")
    assert shop.send(customer, path, {"amount": 1}).status_code == 403
    assert refunds_at(shop.fake, intent_id) == []
    mailed = {"confirmation": booking["confirmation"]}  # which goes on meanwhile
    assert shop.read(customer, booking) | mailed == booking


@pytest.mark.parametrize("wrong", [{"currency": "usd"}, {"amount": PRICE - 1, "amount_received": PRICE - 1}], ids=str)
def test_another_amount_or_currency_confirms_nothing_and_is_not_lost(shop, wrong):
    event, customer = shop.event(total=1), shop.callers[0]
    booking = shop.held(customer, event)
    intent_id = shop.attempt(customer, booking)
    shop.post.keep(intent_id)
    shop.fake.pay(intent_id)
    assert shop.fake.deliveries.wait_until_sent()
    intent = shop.fake.intents._state.intent(intent_id)
    before = {name: intent[name] for name in wrong}
    intent.update(wrong)
    shop.bring(intent_id)
    failed = {"kind": "payments.follow_provider", "state": "failed"}
    jobs = shop.database["outbox"]
    eventually(lambda: shop.hurry() or jobs.find_one(failed), "the message is seen to be wrong")
    heard = shop.send(customer, f"/bookings/{booking['id']}/payments")
    assert (heard.status_code, heard.json()["code"]) == (409, "payment_mismatch")
    shown = shop.read(customer, booking)
    assert (shown["status"], shown["payment"]["paid"]) == ("held", 0)
    intent.update(before)  # somebody has mended it there, and asks for the jobs again
    jobs.update_many(failed, {"$set": {"state": "pending", "due_at": now()}})
    shop.settle()
    assert shop.read(customer, booking)["status"] == "confirmed"


def test_a_message_that_is_not_the_providers_is_refused_and_followed_by_nothing(shop):
    event, customer, stripe = shop.event(total=1), shop.callers[0], Caller(shop.service.url)
    booking = shop.held(customer, event)
    intent_id = shop.attempt(customer, booking)
    shop.post.keep(intent_id)
    shop.fake.pay(intent_id)
    assert shop.fake.deliveries.wait_until_sent()
    body = shop.post.kept[intent_id][-1]
    sign, secret, stored = shop.fake.sign, shop.fake.webhook_secret, shop.database["provider_events"]
    before = stored.count_documents({})
    elsewhere = json.dumps(json.loads(body) | {"account": "acct_1"}).encode()
    live = json.dumps(json.loads(body) | {"livemode": True}).encode()
    large = body + b" " * 300_000
    for sent, signed in (
        (body, signature(secret, body, int(time.time()) - 3600)),
        (body, signature("whsec_of_somebody_else_entirely", body, int(time.time()))),
        (body, signature(secret, body + b" ", int(time.time()))),
        (body, ""),
        (body, "t=x,v1=00"),
        (body, f"t={'9' * 400},v1=00"),
        (elsewhere, sign(elsewhere)),
        (live, sign(live)),
        (b"{", sign(b"{")),
        (b"[]", sign(b"[]")),
        (b"{}", sign(b"{}")),
        (b"\xff", sign(b"\xff")),
        (large, sign(large)),
    ):
        refused = stripe.post("/payments/stripe/webhook", data=sent, headers={"Stripe-Signature": signed})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_webhook"), (sent[:80], signed)
    huge = b" " * 3_000_000
    refused = stripe.post("/payments/stripe/webhook", data=huge, headers={"Stripe-Signature": sign(huge)})
    assert refused.status_code == 413
    assert stored.count_documents({}) == before
    assert shop.read(customer, booking)["status"] == "held"
    shop.bring(intent_id)
    shop.becomes(customer, booking, "confirmed")
