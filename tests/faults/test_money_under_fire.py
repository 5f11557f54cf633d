"""Workers killed while people pay, and while an event with paid bookings is cancelled: all money is in one place."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from ..pids import eventually, kill
from ..processes import gunicorn
from .card_payments import PRICE, card_shop
from .conftest import impatient
from .money_checks import assert_clean, refunds_at
from .money_rush import SECONDS, Rush

SMALL = {"orders": 45, "kills": 2, "buyers": 9, "workers": 2}
LARGE = {"orders": 1500, "kills": 30, "buyers": 16, "workers": 3}
CODE_TICKETS = 10
ATTENDED, BATCH = 60, 10
IN_SMALL_BATCHES = f"from booking_api.bookings import live_bookings; live_bookings.BATCH = {BATCH}"


@pytest.mark.timeout(900)
def test_workers_killed_in_a_rush_of_payments_leave_each_amount_in_one_place(uri, var_dir, large):
    size = LARGE if large > 1 else SMALL
    with (
        card_shop(
            *(var_dir, uri),
            customers=size["buyers"],
            workers=size["workers"],
            command=gunicorn if large > 1 else impatient(),
            REQUEST_SECONDS=4,
        ) as shop,
        ThreadPoolExecutor(size["buyers"]) as pool,
    ):
        event = shop.event(total=size["orders"] * 3)
        code = shop.add_code(event, max_tickets=CODE_TICKETS * large)
        rush = Rush(shop, event, size["orders"])
        shop.fake.events.repeat(2)
        rush.start(pool)
        shop.fake.fail_next("timeout", effect=True)
        shop.fake.fail_next("error", effect=True, count=3, on="POST /v1/refunds")
        for number in range(size["kills"]):
            rush.reaches((number + 0.5) / size["kills"])
            workers = eventually(
                lambda: len(shop.service.worker_pids()) == size["workers"] and shop.service.worker_pids(), "all run"
            )
            kill(random.choice(workers))
        rush.finish()
        shop.fake.faults.clear()
        shop.let_holds_end()
        assert_clean(shop, seconds=60 * large)
        shown = shop.organizer.get(f"/events/{event['id']}/codes/{code['id']}").json()
        assert 0 < shown["used_tickets"] <= CODE_TICKETS * large
        statuses = {row["status"] for row in shop.database["bookings"].find()}
        assert statuses == {"confirmed", "cancelled", "expired"}


@pytest.mark.timeout(900)
def test_an_event_cancelled_by_workers_that_are_killed_gives_each_payment_back_once(uri, var_dir, large):
    attended = 2000 if large > 1 else ATTENDED
    command, buyers = gunicorn if large > 1 else impatient(IN_SMALL_BATCHES), 10
    with card_shop(var_dir, uri, customers=buyers, workers=1, command=command) as shop:
        event = shop.event(total=attended)
        with ThreadPoolExecutor(buyers) as pool:
            mine = [(caller, attended // buyers) for caller in shop.callers]
            intents = [each for some in pool.map(lambda args: _buy_all(shop, event, *args), mine) for each in some]
            bookings = shop.database["bookings"]
            eventually(lambda: bookings.count_documents({"status": "confirmed"}) == attended, "all are paid", SECONDS)
            shop.fake.fail_next("error", effect=True, count=ATTENDED // 4, on="POST /v1/refunds")
            path = f"/events/{event['id']}/cancel"
            shop.database.client.admin.command(
                {
                    "configureFailPoint": "failCommand",
                    "mode": "alwaysOn",
                    "data": {"failCommands": ["commitTransaction"], "blockConnection": True, "blockTimeMS": 50},
                }
            )
            try:
                asked = pool.submit(shop.send, shop.organizer, path)
                for share in (0.2, 0.6):
                    _kill_when(shop, lambda share=share: _cancelled(shop, event) >= attended * share)
                assert asked.result().json()["status"] == "cancelled"
            finally:
                shop.database.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
        eventually(lambda: shop.hurry() or _cancelled(shop, event) == attended, "all are cancelled", SECONDS)
        assert_clean(shop, seconds=60 * large)
        for intent_id in intents:
            assert [refund["amount"] for refund in refunds_at(shop.fake, intent_id)] == [PRICE]
        assert bookings.count_documents({"payment.refunded": PRICE, "status": "cancelled"}) == attended


def _buy_all(shop, event, caller, times):
    intents = []
    for _ in range(times):
        intents.append(shop.attempt(caller, shop.held(caller, event)))
        shop.fake.pay(intents[-1])
    return intents


def _cancelled(shop, event):
    found = {"event_id": ObjectId(event["id"]), "status": "cancelled"}
    return shop.database["bookings"].count_documents(found)


def _kill_when(shop, reached):
    """Kill the one worker when so much was done, and let its lease run out."""
    eventually(lambda: shop.hurry() or reached(), "so many bookings are cancelled", SECONDS, pause=0.02)
    (worker,) = eventually(shop.service.worker_pids, "the worker runs")
    kill(worker)
