"""Mails bring the tickets: a link to each, and its QR code where the program of the reader shows pictures."""

import email
import email.policy
import re
import time

import pytest

from booking_api.bookings.store import BookingStore
from booking_api.http.services import services_of
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.messages import MOST_PICTURES
from booking_api.notifications.mime import compose

from ..apps import run_jobs
from ..builders import book
from .conftest import PUBLIC
from .reading import codes_in, picture

SENDER = Mailbox("", "tickets@example.com")


@pytest.fixture
def mailed(app, customer, evening, outgoing):
    """Books so many tickets; the booking, and its confirmation as it went out."""

    def confirm(count):
        booking = book(customer, evening, count)
        run_jobs(app)
        return booking, compose(outgoing.messages[-1], SENDER).as_bytes()

    return confirm


def parsed(raw):
    """A mail as the program of its reader understands it."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def pictures_in(mail):
    """The pictures of a mail by their Content-IDs."""
    return {part["Content-ID"]: part for part in mail.walk() if part.get_content_maintype() == "image"}


def test_the_text_has_the_link_of_each_ticket(mailed):
    booking, raw = mailed(3)
    lines = parsed(raw).get_body(["plain"]).get_content().split()
    assert [line for line in lines if "/t/" in line] == [ticket["url"] for ticket in booking["tickets"]]


def test_the_html_shows_the_code_of_each_ticket_and_links_to_it(mailed):
    booking, raw = mailed(2)
    mail = parsed(raw)
    html, pictures = mail.get_body(["html"]).get_content(), pictures_in(mail)
    shown = re.findall(r'<img src="cid:([^"]+)"', html)
    said = [codes_in(picture(pictures[f"<{content_id}>"].get_content())) for content_id in shown]
    assert said == [[ticket["url"]] for ticket in booking["tickets"]]
    assert len(pictures) == len(set(shown)) == 2
    for ticket in booking["tickets"]:
        assert f'<a href="{ticket["url"]}">' in html
        assert not any(ticket["code"] in content_id for content_id in shown)


def test_a_picture_belongs_to_the_html_alone_and_is_small(mailed):
    mail = parsed(mailed(1)[1])
    assert mail.get_content_type() == "multipart/mixed"
    alternatives, calendar = mail.iter_parts()
    assert calendar.get_content_type() == "text/calendar"
    assert alternatives.get_content_type() == "multipart/alternative"
    text, related = alternatives.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, image = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (image.get_content_type(), image.get_content_disposition()) == ("image/png", "inline")
    assert len(image.get_content()) < 1000
    assert picture(image.get_content()).mode == "1"


def test_a_mail_shows_so_many_codes_and_links_to_all_tickets(mailed):
    booking, raw = mailed(100)
    mail = parsed(raw)
    assert len(pictures_in(mail)) == MOST_PICTURES == 20
    for kind in ("plain", "html"):
        words = mail.get_body([kind]).get_content()
        assert all(ticket["url"] in words for ticket in booking["tickets"])
    assert len(raw) < 100_000


def test_the_codes_of_a_mail_take_little_time(mailed, outgoing):
    mailed(2)
    message = outgoing.messages[-1]
    times = []
    for _ in range(20):
        began = time.thread_time()
        list(message.pictures)
        times.append(time.thread_time() - began)
    assert min(times) < 0.002


@pytest.mark.parametrize(
    ("locale", "sentence"), [("en", "Show its QR code at the door"), ("de", "Zeigen Sie seinen QR-Code am Einlass")]
)
def test_the_new_holder_of_a_ticket_gets_it_as_who_booked_it_did(app, customer, mailed, outgoing, locale, sentence):
    customer.patch("/users/me", {"locale": locale})
    booking, _ = mailed(1)
    (old,) = booking["tickets"]
    path = f"/bookings/{booking['id']}/tickets/{old['id']}/transfer"
    assert customer.post(path, {"name": "Zoe", "email": "zoe@example.com"}).status_code == 200
    run_jobs(app)
    mail = parsed(compose(outgoing.messages[-1], SENDER).as_bytes())
    code = services_of(app)[BookingStore].collection.find_one({})["tickets"][0]["code"]
    html, text = (mail.get_body([kind]).get_content() for kind in ("html", "plain"))
    ((content_id, image),) = pictures_in(mail).items()
    assert mail["To"].addresses[0].addr_spec == "zoe@example.com"
    assert codes_in(picture(image.get_content())) == [f"{PUBLIC}/t/{code}"] != [old["url"]]
    assert f'<img src="cid:{content_id.strip("<>")}"' in html and f'<a href="{PUBLIC}/t/{code}">' in html
    for words in (html, text):
        assert sentence in words and code in words
    assert f"{PUBLIC}/t/{code}" in text.split()
    assert f'lang="{locale}"' in html


def test_a_mail_has_the_same_ids_at_every_attempt(mailed, outgoing):
    mailed(2)
    first, second = (pictures_in(parsed(compose(outgoing.messages[-1], SENDER).as_bytes())) for _ in range(2))
    assert first.keys() == second.keys()
