"""What the fake does with payments and refunds, as Stripe documents it."""

import pytest

from booking_api.development.fake_stripe import FakeStripe
from booking_api.development.fake_stripe.errors import Refusal

OPEN = {"amount": "2500", "currency": "eur", "allowed_payment_method_types": ["card"]}


def code_of(answer):
    """The status and the code of an error."""
    return answer.status_code, answer.json()["error"].get("code"), answer.json()["error"].get("param")


@pytest.fixture
def create(call):
    """Makes PaymentIntents as a program does, with other fields."""

    def creating(**fields):
        sent = {"amount": "2500", "currency": "eur", "allowed_payment_method_types[]": "card"} | fields
        return call("POST", "/v1/payment_intents", **{name: value for name, value in sent.items() if value is not None})

    return creating


def test_a_payment_begins_without_a_card_and_ends_paid(fake, create):
    made = create(description="2 tickets").json()
    assert (made["status"], made["amount_received"]) == ("requires_payment_method", 0)
    paid = fake.pay(made["id"])
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 2500)
    assert paid["latest_charge"].startswith("ch_")


def test_a_card_can_be_given_at_the_beginning_and_charged_at_once(create):
    waiting = create(payment_method="pm_card_visa").json()
    assert waiting["status"] == "requires_confirmation"
    assert create(payment_method="pm_card_visa", confirm="true").json()["status"] == "succeeded"
    declined = create(payment_method="pm_card_visa_chargeDeclined", confirm="true")
    assert code_of(declined) == (402, "card_declined", None)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"amount": None}, (400, "parameter_missing", "amount")),
        ({"amount": ""}, (400, "parameter_missing", "amount")),
        ({"amount": "0"}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": "-100"}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": "25.00"}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": "２５００"}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": "49"}, (400, "amount_too_small", "amount")),
        ({"amount": "100000000"}, (400, "amount_too_large", "amount")),
        ({"amount": "9" * 30}, (400, "parameter_invalid_integer", "amount")),
        ({"currency": None}, (400, "parameter_missing", "currency")),
        ({"currency": "EUR"}, (400, None, "currency")),
        ({"currency": "xyz"}, (400, None, "currency")),
        ({"currency": "kwd", "amount": "1001"}, (400, None, "amount")),
        ({"payment_method_types[]": "card"}, (400, "payment_method_types_no_longer_supported", "payment_method_types")),
        ({"allowed_payment_method_types[]": "sepa_debit"}, (400, None, "allowed_payment_method_types")),
        ({"colour": "red"}, (400, "parameter_unknown", "colour")),
        ({"metadata[a]": "x" * 501}, (400, None, "metadata[a]")),
        ({f"metadata[k{n}]": "x" for n in range(51)}, (400, None, "metadata")),
        ({"payment_method": "pm_nowhere"}, (400, "resource_missing", "payment_method")),
    ],
)
def test_what_stripe_does_not_charge_is_refused(fake, create, fields, wanted):
    assert code_of(create(**fields)) == wanted


def test_a_declined_card_leaves_the_payment_open_for_another_one(fake, made):
    declined = fake.pay(made["id"], "pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (declined["status"], declined["payment_method"]) == ("requires_payment_method", None)
    error = declined["last_payment_error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    paid = fake.pay(made["id"])
    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)


@pytest.mark.parametrize("card", ["pm_card_fake_processing", "pm_card_authenticationRequired"])
@pytest.mark.parametrize(("succeeded", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_what_waits_ends_as_it_is_told(fake, made, card, succeeded, status):
    assert fake.pay(made["id"], card)["status"] in ("processing", "requires_action")
    assert fake.intents.finish(made["id"], succeeded=succeeded)["status"] == status
    with pytest.raises(Refusal, match="nothing is to be finished"):
        fake.intents.finish(made["id"], succeeded=succeeded)


@pytest.mark.parametrize(("card", "status"), [("pm_card_visa", "succeeded"), ("pm_card_fake_processing", "processing")])
def test_a_payment_that_is_paid_or_processing_is_neither_cancelled_nor_paid_again(fake, made, call, card, status):
    fake.pay(made["id"], card)
    for action, fields in (("cancel", {}), ("confirm", {"payment_method": "pm_card_visa"})):
        answer = call("POST", f"/v1/payment_intents/{made['id']}/{action}", **fields)
        assert code_of(answer) == (400, "payment_intent_unexpected_state", None)
        assert answer.json()["error"]["payment_intent"]["status"] == status


def test_a_customer_can_pay_in_the_moment_of_the_cancel_and_only_then(fake, made, call):
    fake.intents.succeed_on_cancel(made["id"])
    assert fake.intents.fetch(made["id"])["status"] == "requires_payment_method"
    answer = call("POST", f"/v1/payment_intents/{made['id']}/cancel")
    assert code_of(answer) == (400, "payment_intent_unexpected_state", None)
    assert fake.intents.fetch(made["id"])["amount_received"] == 2500
    assert call("POST", "/v1/refunds", payment_intent=made["id"]).json()["amount"] == 2500


def test_refunds_never_exceed_the_charge_and_all_of_it_is_the_default(fake, made, call):
    fake.pay(made["id"])
    part = call("POST", "/v1/refunds", payment_intent=made["id"], amount="1000")
    assert (part.status_code, part.json()["amount"]) == (200, 1000)
    more = call("POST", "/v1/refunds", payment_intent=made["id"], amount="1501")
    assert code_of(more) == (400, None, "amount")
    assert call("POST", "/v1/refunds", payment_intent=made["id"]).json()["amount"] == 1500
    again = call("POST", "/v1/refunds", payment_intent=made["id"])
    assert code_of(again) == (400, "charge_already_refunded", None)


def test_what_is_not_paid_is_not_refunded_and_what_is_not_there_neither(made, call):
    assert code_of(call("POST", "/v1/refunds", payment_intent=made["id"]))[1] == "payment_intent_unexpected_state"
    assert code_of(call("POST", "/v1/refunds", payment_intent="pi_1"))[:2] == (404, "resource_missing")
    assert code_of(call("POST", "/v1/refunds"))[1] == "parameter_missing"
    assert code_of(call("GET", "/v1/refunds/re_1"))[:2] == (404, "resource_missing")


def test_a_refund_that_fails_can_be_made_again(fake, made):
    fake.pay(made["id"])
    first = fake.refunds.create({"payment_intent": made["id"]})
    assert fake.refunds.finish(first["id"], succeeded=False)["status"] == "failed"
    with pytest.raises(Refusal, match="already"):
        fake.refunds.finish(first["id"], succeeded=True)
    assert fake.refunds.create({"payment_intent": made["id"]})["amount"] == 2500


def test_refunds_are_listed_by_payment_newest_first_a_page_at_a_time(fake, made, call):
    fake.pay(made["id"])
    ids = [fake.refunds.create({"payment_intent": made["id"], "amount": "1"})["id"] for _ in range(3)]
    first = call("GET", "/v1/refunds", payment_intent=made["id"], limit="2").json()
    assert ([refund["id"] for refund in first["data"]], first["has_more"]) == ([ids[2], ids[1]], True)
    rest = call("GET", "/v1/refunds", payment_intent=made["id"], starting_after=ids[1]).json()
    assert ([refund["id"] for refund in rest["data"]], rest["has_more"]) == ([ids[0]], False)
    assert call("GET", "/v1/refunds", payment_intent="pi_other").json()["data"] == []
    assert call("GET", "/v1/refunds", limit="101").status_code == 400


def test_no_more_objects_are_kept_than_there_is_room_for():
    fake = FakeStripe(most_objects=2)
    for _ in range(2):
        fake.intents.create(OPEN)
    with pytest.raises(Refusal, match="reset it") as refusal:
        fake.intents.create(OPEN)
    assert refusal.value.status == 429
    fake.reset()
    assert fake.intents.create(OPEN)["status"] == "requires_payment_method"
