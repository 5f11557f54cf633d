"""No program that shows mail makes a link of a name; a program of somebody else's that makes links is the judge."""

import email
import email.policy
import re
from email.headerregistry import Address
from html.parser import HTMLParser
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose
from booking_api.notifications.names import unlinked

from .test_messages import BOOKING, EVENT, KINDS, OF_EVENTS, PERSON, VIEW, written

ADDRESSES = [
    "http://evil.example/win",
    "HTTPS://EVIL.EXAMPLE",
    "http://http://evil.example",
    "http://localhost/win",
    "ftp://evil.example",
    "//evil.example/win",
    "www.evil.example",
    "WWW.1und1.de",
    "www2.163.com",
    "evil.example",
    "evil.example.",
    "Win at evil.example now",
    "(evil.example)",
    "evil.example:8080/win?a=b#c",
    "https://user:password@evil.example",
    "192.168.0.1/win",
    "x@evil.example",
    "X.Y+Z@EVIL.EXAMPLE",
    "<x@evil.example>",
    "mailto:x@evil.example",
    "пример.рф",
    "http://пример.рф",
    "bücher.example",
    "xn--bcher-kva.example",
    "evil.xn--p1ai",
    "https://[evil.example",
    "Ada\u00a0evil.example",
]
# What a program links that turns what looks alike into one form, as browsers do.
LOOKALIKES = [
    "evil。example",
    "http://evil。example",
    "evil．example",
    "evil｡example",
    "evil․example",
    "evil﹒example",
    "x＠evil.example",
    "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
    "ｗｗｗ．ｅｖｉｌ．ｅｘａｍｐｌｅ",
]
ORDINARY = [
    "Ada Lovelace",
    'O\'Neil, "Bo" <x>',
    "@ada",
    "Doors 19:30, show 20.30",
    "Version 2.0",
    "31.12.2030",
    "李小龍",
]
judge = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True})
judge.tlds(["example", "live", "xn--p1ai"], True)
# Cruder than any program: it knows no domains, and takes what only begins like an address.
CRUDE = re.compile(r"\w:[/\\]|[/\\]{2}|www\d*\.\S|\S@\S|\w\.[^\W\d]|(?:\d\.\d+){3}", re.IGNORECASE)


def read_alike(words):
    """The words as a program reads them that knows what looks alike."""
    return normalize("NFKC", words).replace("。", ".")


def links(words):
    """What the judge would make links of."""
    return [found.text for text in (words, read_alike(words)) for found in judge.match(text) or []]


class Shown(HTMLParser):
    """The text of HTML, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.targets = [], []
        self.feed(html)

    def handle_data(self, data):
        """Keep a piece of text."""
        self.texts.append(data)

    def handle_starttag(self, tag, attrs):
        """Keep where a link leads."""
        self.targets += [value for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("name", ADDRESSES + LOOKALIKES)
def test_a_name_that_would_be_a_link_is_shown_as_none(name):
    assert links(name)
    shown = unlinked(name)
    assert links(shown) == []
    assert not CRUDE.search(read_alike(shown))


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_is_shown_as_it_is(name):
    assert unlinked(name) == name


@given(st.text("ab1Wwé例.。．@＠:：/\\-_+ \u200b\u0301", max_size=60))
@example("www.www.1.2.3.4.www")
@example("a..b@.c")
def test_whatever_somebody_is_called_is_no_link_and_differs_by_spaces_alone(name):
    shown = unlinked(name)
    assert links(shown) == []
    assert shown.replace(" ", "") == name.replace(" ", "")
    assert unlinked(shown) == shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["http://evil.example/win", "x@evil.example", "www.evil.example", "evil。example"])
def test_no_name_is_a_link_anywhere_in_a_mail(kind, name):
    event = EVENT | {"title": name, "venue": name, "description": "", "organizer": {"name": name}}
    items = [item | {"name": name} for item in BOOKING["items"]]
    facts = {"before": VIEW | {"title": f"New {name}", "venue": f"Old {name}"}, "subject": name}
    tickets = [ticket | {"ticket_type": name} for ticket in BOOKING["tickets"]]
    booking = {"items": items, "tickets": tickets}
    message = written(kind, person=PERSON | {"name": name}, event=event, booking=booking, **facts)
    raw = compose(message, Mailbox("", "tickets@example.com")).as_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    (to,) = mail["To"].addresses
    html = Shown(mail.get_body(["html"]).get_content())
    shown = [to.display_name, mail["Subject"], mail.get_body(["plain"]).get_content(), *html.texts]
    assert [link for words in shown for link in links(words)] == []
    assert html.targets == []
    assert to == Address(to.display_name, addr_spec=PERSON["email"])
    assert kind not in OF_EVENTS or unlinked(name) in mail.get_body(["plain"]).get_content()


@pytest.mark.parametrize(("kind", "field"), [("organizer_message", "body"), ("event_cancelled", "reason")])
def test_what_an_organizer_writes_as_text_keeps_its_links(kind, field):
    text = "See https://shop.example/refunds or write to help@shop.example."
    message = written(kind, **{field: text})
    assert text in message.text and text in message.html
