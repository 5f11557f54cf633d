"""What other programs make at the provider under the names of our payments and refunds is not taken for ours."""

import pytest

from booking_api.bookings.sales import Sales
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import PermanentFailure
from booking_api.payments.providers.port import CANCELLED, SUCCEEDED, Intent
from booking_api.payments.refund_execution import RefundExecution
from booking_api.payments.store import PaymentStore, RefundStore

from .card_shop import opened
from .world import message, money, order, pay, seen


@pytest.mark.parametrize("status", [SUCCEEDED, CANCELLED])
def test_another_payment_named_like_ours_does_nothing(app, customer, by_card, provider, work, services, status):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.intents["pi_other"] = Intent("pi_other", status, 5000, 5000, "EUR", None, attempt)
    message(app, attempt, intent_id="pi_other")
    work()
    assert seen(customer, booking) == ("held", "pending")
    (failed,) = services[PaymentStore].collection.database["outbox"].find({"state": "failed"})
    assert "pi_other" in failed["last_error"]


def test_a_second_payment_under_the_same_name_is_visible(app, customer, by_card, provider, work, services):
    booking = order(customer, by_card)
    attempt = pay(customer, booking).json["id"]
    provider.pay(attempt)
    message(app, attempt)
    work()
    provider.intents["pi_other"] = Intent("pi_other", SUCCEEDED, 5000, 5000, "EUR", None, attempt)
    message(app, attempt, 2, intent_id="pi_other")
    work()
    assert (seen(customer, booking), money(customer, booking)) == (("confirmed", "paid"), (5000, 0, 0))
    assert services[PaymentStore].collection.database["outbox"].count_documents({"state": "failed"}) == 1


@pytest.mark.parametrize("of", ["another payment", "the same payment"])
def test_another_refund_named_like_ours_does_nothing(indexed, database, outgoing, monkeypatch, of):
    with opened(database, outgoing, monkeypatch) as shop:
        services = services_of(shop.app)
        booking, other = shop.paid("pm_card_pendingRefund"), shop.paid()
        made = shop.refund(booking, amount=700)
        shop.run()
        (payment,) = services[PaymentStore].of_bookings([(other if of == "another payment" else booking)["_id"]])
        named = {"payment_intent": payment["provider_id"], "amount": "700", "metadata": {"refund_id": made["id"]}}
        forged = shop.fake.refunds.create(named)
        if of == "the same payment":
            shop.fake.refunds.finish(forged["id"], succeeded=True)
        stores = services[PaymentStore], services[RefundStore]
        execution = RefundExecution(*stores, services[Sales], shop.provider, now)
        with pytest.raises(PermanentFailure, match="is another"):
            execution.refund_changed(forged["id"])
        assert shop.status(booking) == ([("pending", 700)], (4300, 5000, 0, 700, 0))
