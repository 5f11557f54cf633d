"""The mails about money: what each says in every language, alike in text and HTML, and what it leaves out."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from booking_api.languages.catalogue import CODES, language
from booking_api.notifications import payment_rules

from .read_back import OFFER, SHOP, money, read_back, words_of, written
from .test_messages import BOOKING, EVENT, MARKUP

NBSP = "\N{NO-BREAK SPACE}"
ITEMS = [
    {"name": "Stalls", "quantity": 2, "price": 2500, "reduction": 500},
    {"name": "Balcony", "quantity": 1, "price": 1500},
]
PAID = {"mode": "stripe", "amount": 5500, "paid_at": datetime(2030, 1, 1, 23, 30, tzinfo=UTC)}  # the 2nd in Vienna
SOLD_BY = EVENT | {"organizer": {"name": "Olga <b>www.example.com</b>"}}
each_language = pytest.mark.parametrize("code", CODES)


def booked(currency="EUR", **changes):
    """A booking of three tickets for 55.00, made with a code."""
    made = {"items": ITEMS, "amount": 5500, "currency": currency, "quantity": 3}
    return BOOKING | made | {"promo": {"_id": ObjectId(), "code": "EARLY"}} | changes


def shown(kind, code="en", shop=None, **told):
    """The text of a mail, and that of its page, each in one line."""
    _subject, text, page = read_back(written(kind, code, shop, **told))
    return words_of(text), words_of("".join(page.texts))


@pytest.mark.parametrize(
    ("code", "currency", "lines"),
    [
        ("en", "EUR", ["€25.00 each", "€10.00 off", "€55.00", "Paid by card on Wednesday, 2 January 2030: €55.00"]),
        ("en", "JPY", ["JP¥2,500 each", "JP¥1,000 off", "JP¥5,500", "January 2030: JP¥5,500"]),
        ("en", "KWD", ["KWD~2.500 each", "KWD~1.000 off", "KWD~5.500", "January 2030: KWD~5.500"]),
        ("de", "EUR", ["je 25,00~€", "10,00~€ weniger", "55,00~€", "mit Karte am Mittwoch, 2. Januar 2030: 55,00~€"]),
        ("de", "JPY", ["je 2.500~¥", "1.000~¥ weniger", "5.500~¥", "Januar 2030: 5.500~¥"]),
        ("de", "KWD", ["je 2,500~KWD", "1,000~KWD weniger", "5,500~KWD", "Januar 2030: 5,500~KWD"]),
    ],
)
def test_a_receipt_has_each_line_what_a_code_took_off_the_sum_and_when_it_was_paid(code, currency, lines):
    each, off, total, paid = (line.replace("~", NBSP) for line in lines)
    booking = booked(currency, payment=money("stripe", paid=5500))
    _subject, text, page = read_back(written("confirmation", code, SHOP, SOLD_BY, booking=booking, paid_by=[PAID]))
    first, second, discount, last, payment = text.split("Cellar\n\n")[1].split("\n\n")[0].splitlines()
    assert first == f"2 × Stalls, {each}" and second.startswith("1 × Balcony, ")
    assert discount.startswith(off) and discount.endswith("EARLY")
    assert last.endswith(total) and payment.endswith(paid)
    assert words_of("".join(page.texts)) == words_of(text)


@each_language
def test_a_receipt_has_a_number_and_names_who_sells_without_a_link(code):
    booking = booked(payment=money("stripe", paid=5500))
    message = written("confirmation", code, event=SOLD_BY, booking=booking, paid_by=[PAID])
    number = language(code).say("receipt.number", number=str(BOOKING["_id"]))
    assert number in message.text and number in message.html
    assert "Olga <b>www. example. com</b>" in message.text and "<b>www" not in message.html


@each_language
@pytest.mark.parametrize("how", ["cash", "card", "transfer", "other"])
def test_a_receipt_says_how_money_was_handed_over(code, how):
    booking = booked(payment=money("manual", paid=5500))
    paid = PAID | {"mode": "manual", "method": how, "reference": "IBAN 1"}
    paid_so = language(code).texts[f"receipt.paid_{how}"].split("{")[0]
    for words in shown("confirmation", code, booking=booking, paid_by=[paid]):
        assert paid_so in words and "IBAN" not in words


@each_language
def test_a_confirmation_of_what_is_paid_elsewhere_is_no_receipt(code):
    due = language(code).say("receipt.due", amount=language(code).money(5500, "EUR"))
    number = language(code).say("receipt.number", number=str(BOOKING["_id"]))
    for words in shown("confirmation", code, booking=booked()):
        assert due.replace(NBSP, " ") in words.replace(NBSP, " ") and number not in words


def test_a_receipt_that_is_sent_again_says_what_has_gone_back_since():
    left = {"items": [ITEMS[1]], "amount": 1000}
    booking = booked(payment=money("stripe", paid=5500, refunded=500, owed=1500, retained=2500)) | left
    for words in shown("confirmation", booking=booking, paid_by=[PAID]):
        assert "In all: €15.00 Paid by card" in words  # what it costs, however much of it was given back
        assert "Given back: €5.00 To be given back: €15.00 Not given back for cancelled tickets: €25.00" in words


def test_a_confirmation_of_what_a_code_made_free_is_no_receipt():
    free = [{"name": "Stalls", "quantity": 2, "price": 2500, "reduction": 2500}]
    for words in shown("confirmation", event=SOLD_BY, booking=booked(items=free, amount=0)):
        assert "€50.00 off with the code EARLY In all: €0.00" in words
        assert "Olga" not in words and "receipt" not in words and "pay" not in words


def test_a_code_that_looks_like_an_address_is_no_link():
    for words in shown("confirmation", booking=booked(promo={"_id": ObjectId(), "code": "evil.example"})):
        assert "evil. example" in words


CANCELS = ["booking_cancelled", "cancelled_by_staff", "tickets_cancelled"]


@each_language
@pytest.mark.parametrize("kind", [*CANCELS, "event_cancelled"])
@pytest.mark.parametrize(
    ("mode", "sums", "said"),
    [
        ("stripe", {"owed": 5500}, ["owed_stripe"]),
        ("manual", {"owed": 5500}, ["owed_manual"]),
        ("stripe", {"refunded": 5500}, ["refunded_stripe"]),
        ("manual", {"refunded": 5500}, ["refunded_manual"]),
        ("stripe", {"retained": 5500}, ["nothing"]),
        ("manual", {"owed": 3500, "retained": 2000}, ["owed_manual", "retained"]),
    ],
)
def test_a_cancel_says_what_was_paid_and_what_becomes_of_it(code, kind, mode, sums, said):
    booking = booked(payment=money(mode, paid=5500, **sums))
    told = {"bookings": [booking]} if kind == "event_cancelled" else {"booking": booking}
    amounts = {**sums, **{f"{name}_{mode}": amount for name, amount in sums.items()}, "nothing": 0}
    words = language(code)
    of = "paid_for_event" if kind == "event_cancelled" else "paid_for_booking"
    lines = [words.say(f"money_back.{of}", amount=words.money(5500, "EUR"))]
    lines += [words.say(f"money_back.{name}", amount=words.money(amounts[name], "EUR")) for name in said]
    _subject, text, page = read_back(written(kind, code, **told))
    assert "\n\n" + "\n".join(lines) + "\n" in text
    assert words_of("".join(page.texts)) == words_of(text)


@pytest.mark.parametrize("kind", CANCELS)
@pytest.mark.parametrize("payment", [{}, {"payment": money("manual")}])
def test_a_cancel_of_what_was_not_paid_says_nothing_of_money(kind, payment):
    for words in shown(kind, booking=BOOKING | payment):
        assert "paid" not in words and "back" not in words


def test_a_cancelled_event_tells_the_sum_of_a_guests_bookings_if_all_are_known():
    booking = booked(payment=money("stripe", paid=5500, owed=5500))
    for words in shown("event_cancelled", bookings=[booking, booked(), booking]):
        assert "You paid €110.00 for this event. €110.00 goes back" in words
    for words in shown("event_cancelled", bookings=[booking] * 50):
        assert "paid" not in words


@pytest.mark.parametrize(
    ("code", "currency", "said"),
    [
        ("en", "EUR", "Please pay €55.00 by Monday, 1 July 2030, 15:04 CEST (Europe/Vienna)"),
        ("en", "JPY", "Please pay JP¥5,500 by Monday, 1 July 2030, 15:04 CEST (Europe/Vienna)"),
        ("de", "KWD", "Bitte zahlen Sie 5,500 KWD bis: Montag, 1. Juli 2030, 15:04 Uhr MESZ (Europe/Vienna)"),
    ],
)
def test_who_has_to_pay_reads_how_much_and_until_when_in_the_events_zone(code, currency, said):
    for words in shown("payment_due", code, SHOP, booking=booked(currency)):
        assert said in words and "CODE" not in words
    by_reply = language(code).say("payment_due.how_by_reply")
    assert by_reply in shown("payment_due", code)[0]
    assert by_reply not in shown("payment_due", code, replies_arrive=False)[0]


@each_language
@pytest.mark.parametrize(
    ("status", "cause"),
    [("expired", "too_late"), ("cancelled", "was_cancelled"), ("held", "was_cancelled"), ("confirmed", "twice")],
)
def test_whose_payment_goes_back_reads_why_how_much_and_how(code, status, cause):
    amount = language(code).money(5500, "EUR")
    why = language(code).say(f"payment_late.{cause}", amount=amount, number=str(BOOKING["_id"]))
    for mode in ("stripe", "manual"):
        back = language(code).say(f"money_back.owed_{mode}", amount=amount)
        for words in shown("payment_late", code, SHOP, booking=booked(), status=status, mode=mode):
            assert words_of(why) in words and words_of(back) in words
            assert (f"{SHOP}/bookings/" in words) == (cause == "twice")


@each_language
def test_a_refund_has_its_amount_its_booking_and_its_reason(code):
    for mode in ("stripe", "manual"):
        message = written("payment_refunded", code, booking=booked(), mode=mode, reason=f"{MARKUP}\nSorry.")
        assert language(code).money(2500, "EUR") in message.text and str(BOOKING["_id"]) in message.text
        assert MARKUP in message.text and "<script" not in message.html
        assert language(code).say(f"payment_refunded.seen_{mode}") in message.text
    assert language(code).say("event_cancelled.reason") not in shown("payment_refunded", code, reason=None)[0]


@pytest.mark.parametrize(
    ("payment", "answer"), [(None, "answer"), (money("stripe"), "pay"), (money("manual"), "hand_over")]
)
@each_language
@pytest.mark.parametrize("shop", [None, SHOP])
def test_an_offer_that_has_to_be_paid_says_that_accepting_is_paying(code, shop, payment, answer):
    where = "on_page" if shop else "where_joined"
    said = language(code).say(f"waitlist_offered.{answer}_{where}", amount=language(code).money(5500, "EUR"))
    told = booked() | OFFER | ({"payment": payment} if payment else {})
    event = EVENT | ({"payment": payment["mode"]} if payment else {})
    for words in shown("waitlist_offered", code, shop, event=event, booking=told):
        assert words_of(said) in words


DUE_BOOKING = {"status": "held", "payment": money("manual"), "amount": 5500, **OFFER}
EARLY, AFTER = OFFER["hold_expires_at"].replace(hour=1), OFFER["hold_expires_at"]


@pytest.mark.parametrize(
    ("booking", "event", "now", "expected"),
    [
        ({}, {}, EARLY, True),
        ({}, {}, AFTER, False),
        ({"status": "confirmed", "payment": money("manual", paid=5500)}, {}, EARLY, False),
        ({"status": "expired"}, {}, EARLY, False),
        ({"payment": money("stripe")}, {}, EARLY, False),
        ({"waitlist_entry_id": ObjectId()}, {}, EARLY, False),  # the offer says so
        ({}, {"status": "cancelled"}, EARLY, False),
    ],
)
def test_nobody_is_asked_for_money_that_would_come_for_nothing(booking, event, now, expected):
    assert payment_rules.is_due(DUE_BOOKING | booking, EVENT | event, now) is expected


@pytest.mark.parametrize(
    ("refund", "expected"),
    [
        ({"mode": "stripe"}, True),
        ({"mode": "stripe", "late": True}, False),
        ({"mode": "manual", "late": True}, True),
        ({"mode": "stripe", "status": "failed"}, False),
        ({"mode": "stripe", "status": "pending"}, False),
    ],
)
def test_a_refund_is_told_once_it_is_done_unless_its_mail_has_said_so_already(refund, expected):
    assert payment_rules.is_news({"status": "succeeded"} | refund) is expected
