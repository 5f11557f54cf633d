"""What people are mailed of their money: each once, and nothing that is no longer true when it is written."""

import pytest

from booking_api.notifications.payment_mails import DUE, LATE, REFUNDED
from booking_api.payments.facts import PAYMENT_DUE, PAYMENT_LATE, PAYMENT_REFUNDED

from .paid import Till


@pytest.fixture
def till(app, organizer):
    """Changes the money of bookings."""
    return Till(app, organizer)


@pytest.fixture
def told(till, outgoing):
    """The mails since the last time, once all jobs have run."""

    def take():
        till.run()
        messages = list(outgoing.messages)
        outgoing.messages.clear()
        return messages

    return take


@pytest.fixture
def paid(till, customer, told):
    """Makes a booking that is paid, of an event of this mode, and its payment, whose customer has the receipt."""

    def make(mode="stripe", **fields):
        booking = till.booking(customer, till.event(mode), paid=5000)
        payment_id = till.payment(booking, **fields)
        told()
        return booking, payment_id

    return make


def test_the_confirmation_of_a_paid_booking_is_its_receipt_and_the_only_mail(till, told, customer, organizer):
    booking = till.booking(customer, till.event("stripe"), paid=5000)
    till.payment(booking)
    till.payment(booking, status="cancelled", amount=7777)
    (receipt,) = told()
    assert receipt.template == "confirmation" and receipt.to == customer.user["email"]
    for words in (receipt.text, receipt.html):
        assert "2 × Seat, €25.00 each" in words and "Paid by card on Tuesday, 1 January 2030: €50.00" in words
        assert f"Seller: {organizer.user['name']}" in words and "€77.77" not in words
        assert "pi_1_secret" not in words and "IBAN 1" not in words  # a ticket's code may have the letters


def test_a_receipt_that_is_sent_again_has_the_payment_too(paid, told, customer):
    booking, _ = paid("manual", method="cash")
    assert customer.post(f"/bookings/{booking['_id']}/resend").status_code == 202
    (receipt,) = told()
    assert "Paid in cash on Tuesday, 1 January 2030: €50.00" in receipt.text


def test_where_the_organizer_takes_the_money_a_confirmation_says_that_it_is_due(till, told, customer):
    till.booking(customer, till.event("none"))
    (message,) = told()
    assert "To pay, unless you have done so: €50.00." in message.text


@pytest.fixture
def held(till, customer, told):
    """A booking that is held until money was handed over."""
    booking = till.booking(customer, till.event("manual"), status="held")
    told()
    return booking


def test_who_has_to_hand_over_money_is_told_until_when_and_can_reply(till, told, held, organizer):
    till.owe(PAYMENT_DUE, {"booking_id": held["_id"]})
    (message,) = told()
    assert message.template == "payment_due" and "Please pay €50.00 by Tuesday, 1 January 2030" in message.text
    assert message.reply_to.address == organizer.user["email"]
    assert "reply to this mail" in message.text and str(held["_id"]) in message.text
    assert message.line == f"Payment email sent to {message.to}"
    assert held["tickets"][0]["code"] not in message.text + message.html


def test_nobody_is_asked_for_what_was_paid_before_the_mail_was_written(till, told, held):
    till.owe(PAYMENT_DUE, {"booking_id": held["_id"]})
    till.change(held, status="confirmed", payment=held["payment"] | {"paid": 5000})
    assert told() == []


def test_nobody_is_asked_for_money_after_its_time(till, told, held, clock):
    till.owe(PAYMENT_DUE, {"booking_id": held["_id"]})
    clock.advance(hours=11)
    assert told() == []


def test_who_pays_too_late_by_card_hears_once_that_the_money_goes_back(till, told, paid, organizer):
    booking, payment_id = paid(late=True)
    till.change(booking, status="expired")
    till.owe(PAYMENT_LATE, {"payment_id": payment_id})
    (message,) = told()
    assert message.template == "payment_late" and message.reply_to.address == organizer.user["email"]
    assert "your payment of €50.00" in message.text and "goes back to you by itself" in message.text
    till.owe(PAYMENT_REFUNDED, {"refund_id": till.refund(booking, payment_id, late=True)})
    assert told() == []


def test_who_pays_too_late_by_hand_hears_that_it_is_owed_and_then_that_it_is_back(till, told, paid):
    booking, payment_id = paid("manual", late=True)
    till.change(booking, status="expired")
    till.owe(PAYMENT_LATE, {"payment_id": payment_id})
    till.owe(PAYMENT_REFUNDED, {"refund_id": till.refund(booking, payment_id, late=True)})
    late, back = sorted(told(), key=lambda message: message.template)
    assert "The organizer owes you €50.00" in late.text
    assert "they have given you back €25.00" in back.text


def test_a_refund_is_told_with_its_reason(till, told, paid):
    booking, payment_id = paid()
    till.owe(PAYMENT_REFUNDED, {"refund_id": till.refund(booking, payment_id, reason="It rains.")})
    (message,) = told()
    assert "€25.00 of what you paid" in message.text and "It rains." in message.text
    assert "Banks can take some days" in message.text and str(booking["_id"]) in message.text


def test_a_refund_that_the_bank_has_undone_before_its_mail_is_not_told(till, told, paid):
    booking, payment_id = paid()
    till.owe(PAYMENT_REFUNDED, {"refund_id": till.refund(booking, payment_id, status="failed")})
    assert told() == []


def test_each_refund_is_told_and_what_is_not_there_is_no_mail(till, told, paid):
    booking, payment_id = paid()
    refunds = [till.refund(booking, payment_id, amount=amount) for amount in (1000, 2000)]
    till.owe(PAYMENT_REFUNDED, *[{"refund_id": each} for each in (*refunds, payment_id)])
    till.owe(PAYMENT_LATE, {"payment_id": refunds[0]})
    assert sorted("€10.00 of" in message.text for message in told()) == [False, True]


def test_a_mail_about_money_that_goes_out_twice_has_the_same_message_id(till, told, paid, held, outgoing):
    booking, payment_id = paid()
    till.owe(PAYMENT_DUE, {"booking_id": held["_id"]})
    till.owe(PAYMENT_LATE, {"payment_id": payment_id})
    till.owe(PAYMENT_REFUNDED, {"refund_id": till.refund(booking, payment_id)})
    before = {(message.template, message.message_id) for message in told()}
    till.run_again(DUE, LATE, REFUNDED)
    assert {(message.template, message.message_id) for message in outgoing.messages} == before
    assert len(before) == len(outgoing.messages) == 3


def test_a_customer_who_cancels_reads_what_becomes_of_their_money(till, told, paid, customer, organizer):
    booking, _ = paid("manual")
    assert customer.post(f"/bookings/{booking['_id']}/cancel").status_code == 200
    (message,) = [each for each in told() if each.template == "booking_cancelled"]
    assert "You paid €50.00 for this booking.\nThe organizer owes you €50.00" in message.text


def test_a_customer_who_cancels_where_nothing_goes_back_reads_so(till, told, paid, customer):
    booking, _ = paid()
    till.database["events"].update_one({"_id": booking["event_id"]}, {"$set": {"refund_on_cancel": False}})
    assert customer.post(f"/bookings/{booking['_id']}/cancel").status_code == 200
    (message,) = [each for each in told() if each.template == "booking_cancelled"]
    assert "You paid €50.00 for this booking.\nNothing of it is given back." in message.text


def test_who_gives_some_tickets_back_reads_that_their_price_goes_back(told, paid, customer):
    booking, _ = paid("manual")
    chosen = {"ticket_ids": [str(booking["tickets"][0]["_id"])]}
    assert customer.post(f"/bookings/{booking['_id']}/cancel", chosen).status_code == 200
    (message,) = [each for each in told() if each.template == "tickets_cancelled"]
    assert "You paid €50.00 for this booking.\nThe organizer owes you €25.00" in message.text


def test_guests_of_a_cancelled_event_read_that_what_they_paid_goes_back(till, told, customer, organizer):
    event = till.event("manual")
    for _ in range(2):
        till.payment(till.booking(customer, event, paid=5000))
    told()
    assert organizer.post(f"/events/{event['id']}/cancel", {"reason": "Rain."}).status_code == 200
    (message,) = [each for each in told() if each.template == "event_cancelled"]
    assert "You paid €100.00 for this event.\nThe organizer owes you €100.00" in message.text
