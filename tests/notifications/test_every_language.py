"""Every mail in every language, read back by a parser: complete, alike in text and HTML, and with no stray words."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from booking_api.languages import catalogue
from booking_api.languages.catalogue import CODES, Language, language

from .read_back import LINK, SHOP, WEBHOOK, read_back, words_of, written
from .test_messages import BOOKING, EVENT, KINDS, VIEW

TO_STRANGERS = ["email_verification", "ticket_received", "ticket_lost"]
OF_WAITING_LISTS = ["waitlist_joined", "waitlist_offered", "waitlist_missed", "waitlist_closed"]
OF_MONEY = ["payment_due", "payment_late", "payment_refunded"]
EVERY_KIND = [*KINDS, *TO_STRANGERS, *OF_WAITING_LISTS, *OF_MONEY, "webhook_disabled"]
OF_ACCOUNTS = ("password_reset", "email_verification", "webhook_disabled")
OF_EVENTS = [kind for kind in EVERY_KIND if kind not in OF_ACCOUNTS]
OF_BOOKINGS = ["confirmation", "booking_cancelled", "cancelled_by_staff", "tickets_cancelled", "waitlist_offered"]
OF_BOOKINGS += OF_MONEY
GREETINGS = {"en": ("Hello Ada,", "Hello there,"), "de": ("Guten Tag Ada,", "Guten Tag,")}
each_language = pytest.mark.parametrize("code", CODES)
each_kind = pytest.mark.parametrize("kind", EVERY_KIND)
with_and_without_pages = pytest.mark.parametrize("shop", [None, SHOP])


@each_language
@each_kind
@with_and_without_pages
def test_text_and_html_say_the_same_in_the_language_of_their_reader(kind, code, shop):
    change = {"before": VIEW | {"title": "Blues", "venue": None, "timezone": "Asia/Tokyo"}}
    _subject, text, page = read_back(written(kind, code, shop, **change))
    assert words_of("".join(page.texts)) == words_of(text)
    assert page.lang == code
    greeting, of_strangers = GREETINGS[code]
    assert text.startswith(f"{of_strangers if kind in TO_STRANGERS else greeting}\n\n")


@each_kind
@with_and_without_pages
def test_no_mail_has_an_address_of_the_api(kind, shop):
    subject, text, page = read_back(written(kind, shop=shop))
    for words in (subject, text, *page.targets):
        assert not re.search(r"/api/|POST|GET|None|undefined", words)


@each_language
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("confirmation", f"{SHOP}/bookings/<booking>"),
        ("booking_cancelled", f"{SHOP}/bookings/<booking>"),
        ("cancelled_by_staff", f"{SHOP}/events/<event>"),
        ("tickets_cancelled", f"{SHOP}/bookings/<booking>"),
        ("event_changed", f"{SHOP}/events/<event>"),
        ("waitlist_joined", f"{SHOP}/events/<event>"),
        ("waitlist_offered", f"{SHOP}/bookings/<booking>"),
        ("waitlist_missed", f"{SHOP}/events/<event>"),
        ("waitlist_closed", f"{SHOP}/events/<event>"),
        ("payment_due", f"{SHOP}/bookings/<booking>"),
        ("payment_late", f"{SHOP}/events/<event>"),
        ("payment_refunded", f"{SHOP}/bookings/<booking>"),
        ("reminder", f"{SHOP}/events/<event>"),
        ("password_reset", LINK),
        ("email_verification", LINK),
    ],
)
def test_what_to_do_next_is_a_link_where_there_is_a_page(code, kind, target):
    target = target.replace("<booking>", str(BOOKING["_id"])).replace("<event>", str(EVENT["_id"]))
    _subject, text, page = read_back(written(kind, code, SHOP))
    assert page.targets == [target]
    assert target in text.split()
    _subject, text, page = read_back(written(kind, code))
    assert page.targets == [] and "http" not in text
    assert (str(BOOKING["_id"]) in text) == (kind in OF_BOOKINGS)
    assert ("the-token" in text) == (kind in ("password_reset", "email_verification"))


NIGHT = datetime(2030, 3, 30, 23, tzinfo=UTC)  # before clocks change in Vienna
SPANS = [
    (
        "Europe/Vienna",
        NIGHT,
        timedelta(hours=5),
        "Sunday, 31 March 2030, 00:00 CET – 06:00 CEST (Europe/Vienna)",
        "Sonntag, 31. März 2030, 00:00 Uhr MEZ – 06:00 Uhr MESZ (Europe/Vienna)",
    ),
    (
        "Asia/Kathmandu",
        NIGHT,
        timedelta(minutes=1),
        "Sunday, 31 March 2030, 04:45–04:46 UTC+5:45 (Asia/Kathmandu)",
        "Sonntag, 31. März 2030, 04:45–04:46 Uhr UTC+5:45 (Asia/Kathmandu)",
    ),
    (
        "America/Sao_Paulo",
        NIGHT,
        timedelta(hours=9),
        "from Saturday, 30 March 2030, 20:00 to Sunday, 31 March 2030, 05:00 UTC-3 (America/Sao_Paulo)",
        "von Samstag, 30. März 2030, 20:00 Uhr bis Sonntag, 31. März 2030, 05:00 Uhr UTC-3 (America/Sao_Paulo)",
    ),
    (
        "Asia/Tokyo",
        NIGHT,
        timedelta(days=10),
        "from Sunday, 31 March 2030, 08:00 to Wednesday, 10 April 2030, 08:00 JST (Asia/Tokyo)",
        "von Sonntag, 31. März 2030, 08:00 Uhr bis Mittwoch, 10. April 2030, 08:00 Uhr JST (Asia/Tokyo)",
    ),
]


@pytest.mark.parametrize("kind", OF_EVENTS)
@pytest.mark.parametrize(("zone", "begin", "length", "english", "german"), SPANS, ids=[row[0] for row in SPANS])
def test_every_mail_about_an_event_has_its_beginning_and_its_end(kind, zone, begin, length, english, german):
    event = EVENT | {"timezone": zone, "date": begin, "end_date": begin + length}
    for code, when in (("en", english), ("de", german)):
        _subject, text, page = read_back(written(kind, code, event=event))
        assert f"{when}\n" in text
        assert when in "".join(page.texts)


@pytest.mark.parametrize(
    ("currency", "amount", "english", "german"),
    [
        ("EUR", 2500, "€25.00", "25,00\xa0€"),
        ("JPY", 2500, "JP¥2,500", "2.500\xa0¥"),
        ("KWD", 2500, "KWD\xa02.500", "2,500\xa0KWD"),
    ],
)
def test_a_confirmation_has_its_amounts_as_they_are_written_there(currency, amount, english, german):
    item = {"name": "Seat", "quantity": 1, "price": amount}
    booking = BOOKING | {"currency": currency, "items": [item], "amount": amount}
    _subject, text, _page = read_back(written("confirmation", "en", booking=booking))
    assert f"1 × Seat, {english} each\nIn all: {english}\n" in text
    _subject, text, _page = read_back(written("confirmation", "de", booking=booking))
    assert f"1 × Seat, je {german}\nInsgesamt: {german}\n" in text


VIENNA = EVENT | {"date": datetime(2031, 6, 1, 21, 45, tzinfo=UTC)}  # 23:45 there


@pytest.mark.parametrize(
    ("now", "english", "german"),
    [
        (datetime(2031, 6, 1, 20, 0, tzinfo=UTC), "Today: Jazz night", "Heute: Jazz night"),
        (datetime(2031, 5, 31, 22, 1, tzinfo=UTC), "Today: Jazz night", "Heute: Jazz night"),  # after midnight there
        (datetime(2031, 5, 31, 21, 59, tzinfo=UTC), "Tomorrow: Jazz night", "Morgen: Jazz night"),
        (datetime(2031, 5, 30, 21, 59, tzinfo=UTC), "On Sunday, 1 June: Jazz night", "Am Sonntag, 1. Juni: Jazz night"),
    ],
)
def test_a_reminder_names_the_day_as_it_is_called_when_it_is_written(now, english, german):
    for code, subject in (("en", english), ("de", german)):
        message = written("reminder", code, event=VIENNA, now=now)
        seen, text, _page = read_back(message)
        assert seen == subject
        day = subject.partition(": ")[0]
        assert day.lower() in text.partition("Jazz night")[0].lower()
        assert message.line == "Event reminder sent to ada@example.com"


def test_over_a_short_night_the_reminder_of_a_day_before_names_the_weekday():
    event = EVENT | {"date": datetime(2030, 3, 31, 22, 30, tzinfo=UTC)}  # Monday, 00:30; Sunday has 23 hours
    message = written("reminder", event=event, now=event["date"] - timedelta(hours=24))
    assert message.subject == "On Monday, 1 April: Jazz night"


@each_kind
def test_the_line_on_the_console_is_the_same_in_every_language(kind):
    assert len({written(kind, code).line for code in CODES}) == 1


@each_kind
@with_and_without_pages
def test_every_word_of_a_mail_is_from_the_language_file(kind, shop, monkeypatch):
    """In a language whose texts are all `~`, nothing remains but the facts."""
    texts = {name: re.sub(r"[^{}]*(\{\w+\}|$)", r"~\1", text) for name, text in language("en").texts.items()}
    texts |= {name: text for name, text in language("en").texts.items() if name.startswith("formats.")}
    texts |= {"formats.date": "y-MM-dd", "formats.day": "MM-dd"}
    silent = Language("en", texts, {})
    monkeypatch.setattr(catalogue, "language", lambda _code: silent)
    change = {"before": VIEW | {"title": "JAZZ", "venue": None}}
    event = EVENT | {"title": "JAZZ NIGHT", "venue": "CELLAR"}
    subject, text, _page = read_back(written(kind, "en", shop, event=event, **change))
    facts = ["JAZZ NIGHT", "JAZZ", "CELLAR", "CEST", "(Europe/Vienna)", "Ada", "Rain.", "Come early.", "A word", "Seat"]
    facts += ["It rains."]
    facts += ["Stand", "You have booked twice.", LINK, f"{SHOP}/bookings/", f"{SHOP}/events/", "CODE-1", "CODE-2"]
    facts += ["the-token", str(BOOKING["_id"]), str(EVENT["_id"]), "hooks. example. com", str(WEBHOOK["_id"])]
    for fact in facts:
        subject, text = subject.replace(fact, ""), text.replace(fact, "")
    assert "~" in text
    assert not re.search(r"[^\W\d_]", subject + text)


@each_language
def test_a_message_says_who_has_written_it_unless_their_account_is_gone(code):
    by_name = written("organizer_message", code, event=EVENT | {"organizer": {"name": "Olga <b>& {0}</b>"}})
    _subject, text, page = read_back(by_name)
    assert "Olga <b>& {0}</b>" in text and "Olga <b>& {0}</b>" in "".join(page.texts)
    for gone in ({}, {"organizer": None}):
        _subject, text, page = read_back(written("organizer_message", code, event=EVENT | gone))
        assert language(code).say("organizer_message.written") in text
        assert words_of("".join(page.texts)) == words_of(text)


def test_what_an_organizer_writes_is_kept_as_it_is_written_in_every_language():
    body = "Hi {name},\n\n  see https://shop.example.com/{x} — 100 %.\nOlga"
    for code in CODES:
        subject, text, page = read_back(written("organizer_message", code, subject="Hi {name}", body=body))
        assert subject == "Hi {name}"
        assert body in text and body in "".join(page.texts)


@each_language
def test_a_title_with_braces_or_markup_stays_as_it_is(code):
    event = EVENT | {"title": "{title} <b>& {0}</b> %s"}
    subject, text, page = read_back(written("confirmation", code, event=event))
    assert event["title"] in subject
    assert event["title"] in text and event["title"] in "".join(page.texts)
