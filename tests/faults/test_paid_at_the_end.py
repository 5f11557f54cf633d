"""Success that meets the end of the hold in every order, and messages that come early, twice, late or never."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..pids import eventually
from .card_payments import PRICE, card_shop
from .conftest import named
from .money_checks import assert_clean, refunds_at


class Sale:
    """An event with one ticket, who holds it and has begun to pay, and another who would like to have it."""

    def __init__(self, shop, number, **fields):
        self.shop = shop
        self.customer, self.other = shop.callers[2 * number], shop.callers[2 * number + 1]
        self.event = shop.event(total=1, **fields)
        self.booking = shop.held(self.customer, self.event)
        self.intent_id = None if fields else shop.attempt(self.customer, self.booking)

    @property
    def path(self):
        """The booking as its organizer has it."""
        return f"/events/{self.event['id']}/bookings/{self.booking['id']}"

    @property
    def now(self):
        """The booking as it is now."""
        return self.shop.read(self.customer, self.booking)

    def intent(self):
        """The state of the intent at the fake."""
        return self.shop.fake.intents.fetch(self.intent_id)["status"]

    def becomes(self, status):
        """Wait until the booking has a status."""
        return self.shop.becomes(self.customer, self.booking, status)

    def is_kept(self):
        """It is confirmed and paid, nothing has gone back, and nobody else has the ticket."""
        booking = self.becomes("confirmed")
        assert booking["payment"] == {"status": "paid", "paid": PRICE, "refunded": 0, "owed": 0, "retained": 0}
        assert self.intent() == "succeeded"
        assert self.shop.order(self.other, self.event).json()["code"] == "sold_out"

    def is_let_go(self, status="expired"):
        """Nothing can be paid any more, and another customer buys the ticket."""
        self.becomes(status)
        assert self.shop.pay(self.intent_id) == "canceled"
        refused = self.shop.send(self.customer, f"/bookings/{self.booking['id']}/payments")
        assert refused.status_code == 409, refused.text
        self.is_bought_by_the_other()
        assert self.now["payment"]["paid"] == 0

    def is_bought_by_the_other(self):
        """Another customer buys the ticket."""
        self.shop.paid(self.other, self.event)


def paid_before_the_end(sale):
    """The message comes as it should."""
    sale.shop.pay(sale.intent_id)
    sale.is_kept()


def paid_before_the_end_without_a_message(sale):
    """The end of the hold finds that it was paid."""
    sale.shop.post.keep(sale.intent_id)
    sale.shop.pay(sale.intent_id)
    sale.shop.let_hold_end(sale.booking)
    sale.is_kept()


def paid_before_the_end_and_looked_up(sale):
    """The message never comes, but the customer looks."""
    sale.shop.post.keep(sale.intent_id)
    sale.shop.pay(sale.intent_id)
    path = f"/bookings/{sale.booking['id']}/payments"

    def looked():
        (payment,) = sale.customer.get(path).json()["items"]
        return payment["status"] == "succeeded"

    eventually(looked, "the payment is looked up", pause=0.3)
    sale.is_kept()


def paid_while_the_hold_ends(sale):
    """The customer pays in the moment in which the payment is cancelled."""
    sale.shop.fake.intents.succeed_on_cancel(sale.intent_id)
    sale.shop.let_hold_end(sale.booking)
    sale.is_kept()


def paid_while_it_is_given_up(sale):
    """The customer pays in one window and gives the booking up in another: the money goes back."""
    sale.shop.fake.intents.succeed_on_cancel(sale.intent_id)
    answer = sale.shop.send(sale.customer, f"/bookings/{sale.booking['id']}/cancel")
    assert answer.json()["status"] == "cancelled", answer.text
    assert sale.shop.refunded(sale.customer, sale.booking, PRICE)["payment"]["status"] == "refunded"
    sale.is_bought_by_the_other()


def never_paid(sale):
    """The hold ends, and nothing can be paid any more."""
    sale.shop.let_hold_end(sale.booking)
    sale.is_let_go()


def declined_and_never_paid(sale):
    """A card was declined, and the hold ends."""
    sale.shop.fake.pay(sale.intent_id, "pm_card_visa_chargeDeclined")
    eventually(lambda: sale.now["payment"]["status"] == "failed", "it is told")
    sale.shop.let_hold_end(sale.booking)
    sale.is_let_go()


def declined_and_paid_with_the_same_attempt(sale):
    """A card was declined, another is charged; the messages come in the wrong order, and each twice."""
    sale.shop.post.keep(sale.intent_id)
    sale.shop.fake.pay(sale.intent_id, "pm_card_visa_chargeDeclined")
    sale.shop.pay(sale.intent_id)
    assert sale.shop.fake.deliveries.wait_until_sent()
    bodies = sale.shop.bring(sale.intent_id, order=-1)
    sale.shop.post.kept[sale.intent_id] = bodies
    sale.shop.bring(sale.intent_id)
    sale.is_kept()


def processing_when_the_hold_ends(sale):
    """The tickets stay held until the bank has answered, and it says yes."""
    sale.shop.fake.pay(sale.intent_id, "pm_card_fake_processing")
    sale.shop.let_hold_end(sale.booking)
    eventually(lambda: sale.now["hold_expires_at"] > sale.booking["hold_expires_at"], "it is held on")
    assert sale.shop.order(sale.other, sale.event).json()["code"] == "sold_out"
    sale.shop.fake.intents.finish(sale.intent_id, succeeded=True)
    sale.is_kept()


def processing_and_then_refused(sale):
    """The tickets stay held until the bank has answered, and it says no."""
    sale.shop.fake.pay(sale.intent_id, "pm_card_fake_processing")
    sale.shop.let_hold_end(sale.booking)
    eventually(lambda: sale.now["hold_expires_at"] > sale.booking["hold_expires_at"], "it is held on")
    sale.shop.fake.intents.finish(sale.intent_id, succeeded=False)
    sale.shop.let_hold_end(sale.booking)
    sale.is_let_go()


ENDS = [
    paid_before_the_end,
    paid_before_the_end_without_a_message,
    paid_before_the_end_and_looked_up,
    paid_while_the_hold_ends,
    paid_while_it_is_given_up,
    never_paid,
    declined_and_never_paid,
    declined_and_paid_with_the_same_attempt,
    processing_when_the_hold_ends,
    processing_and_then_refused,
]


@pytest.fixture(scope="module")
def shop(mongod):
    """A shop with two workers; each of its customers has to do with one event."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        card_shop(Path(folder) / "var", named(mongod), customers=2 * len(ENDS), workers=2) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def _adds_up(shop):
    yield
    assert_clean(shop)


def test_a_payment_at_the_end_of_its_hold_keeps_the_tickets_or_goes_back_once(shop, large):
    with ThreadPoolExecutor(len(ENDS)) as pool:
        for _ in range(large):
            sales = [pool.submit(Sale, shop, number) for number in range(len(ENDS))]
            ended = [pool.submit(end, sale.result()) for end, sale in zip(ENDS, sales, strict=True)]
            failed = {end.__name__: each.exception() for end, each in zip(ENDS, ended, strict=True) if each.exception()}
            assert failed == {}


def test_a_message_that_comes_before_the_answer_confirms_the_booking(shop):
    event, customer = shop.event(total=1), shop.callers[0]
    booking = shop.held(customer, event)
    shop.fake.fail_next("cut", effect=True, count=2, on="POST /v1/payment_intents")
    path = f"/bookings/{booking['id']}/payments"
    lost = customer.post(path)
    assert (lost.status_code, lost.json()["code"]) == (503, "provider_unavailable")
    assert int(lost.headers["Retry-After"]) > 0
    shop.fake.faults.clear()
    (intent,) = [each for each in shop.fake.intents.all() if each["metadata"]["booking_id"] == booking["id"]]
    shop.fake.pay(intent["id"])
    shop.becomes(customer, booking, "confirmed")
    assert customer.post(path).json()["code"] == "already_paid"


def test_a_payment_after_the_organizers_cancel_goes_back_once(shop):
    sale = Sale(shop, 0)
    shop.fake.fail_next("error", count=1000, on=f"POST /v1/payment_intents/{sale.intent_id}/cancel")
    path = f"{sale.path}/cancel"
    heard = shop.organizer.post(path, json={"reason": "Rain."})
    if heard.status_code == 503:  # it is not given up before the provider has closed the payment
        assert shop.pay(sale.intent_id) == "succeeded"
        shop.fake.faults.clear()
        sale.becomes("confirmed")
        heard = shop.send(shop.organizer, path, {"reason": "Rain."})
    else:
        assert shop.pay(sale.intent_id) == "succeeded"
        shop.fake.faults.clear()
    assert heard.json()["status"] == "cancelled", heard.text
    shop.refunded(sale.customer, sale.booking, PRICE)
    assert len(refunds_at(shop.fake, sale.intent_id)) == 1
    sale.is_bought_by_the_other()


def test_money_handed_over_too_late_takes_the_tickets_again_or_is_owed(shop):
    late, too_late = (Sale(shop, number, payment="manual") for number in (1, 2))
    for sale in (late, too_late):
        shop.let_hold_end(sale.booking)
    for sale in (late, too_late):
        sale.becomes("expired")
    other = shop.held(too_late.other, too_late.event)
    for sale in (late, too_late):
        recorded = shop.send(shop.organizer, f"{sale.path}/payments", {"method": "cash"})
        assert (recorded.status_code, recorded.json()["late"]) == (201, sale is too_late)
        money = sale.now["payment"]
        assert (sale.now["status"], money["owed"]) == (("expired", PRICE) if sale is too_late else ("confirmed", 0))
        assert money["paid"] == PRICE
    assert shop.send(shop.organizer, f"{too_late.path}/refunds").status_code == 201
    assert too_late.now["payment"]["refunded"] == PRICE
    path = f"/events/{too_late.event['id']}/bookings/{other['id']}/payments"
    assert shop.send(shop.organizer, path, {"method": "card"}).json()["booking_status"] == "confirmed"
