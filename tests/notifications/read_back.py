"""Mails of every kind, in a language, read back as the program of their reader does."""

import email
import email.policy
from datetime import UTC, datetime
from html.parser import HTMLParser

from bson import ObjectId

from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.messages import Composer
from booking_api.notifications.mime import compose
from booking_api.notifications.payment_messages import PaymentComposer
from booking_api.notifications.ticket_messages import TicketComposer
from booking_api.notifications.waitlist_messages import WaitlistComposer

from .test_messages import BOOKING, EVENT, JOB, PERSON, VIEW

SHOP = "https://shop.example.com"
WEBHOOK = {"_id": ObjectId(), "url": "https://hooks.example.com:8443/tickets?token=secret", "disabled_reason": "gone"}
LINK = f"{SHOP}/page?token=the-token"
WAITS = {"ticket_type_id": None, "quantity": 5, "min_quantity": 2, "first_position": 12}
OFFER = {"quantity": 2, "hold_expires_at": datetime(2030, 7, 1, 13, 4, 59, tzinfo=UTC)}


class Page(HTMLParser):
    """The text of a page, its language, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.targets, self.lang = [], [], None
        self.feed(html)

    def handle_data(self, data):
        """Keep a piece of text."""
        self.texts.append(data)

    def handle_starttag(self, tag, attrs):
        """Keep the language and where a link leads; a tag parts words or lines."""
        self.texts.append("\n" if tag == "br" else " ")
        self.lang = dict(attrs).get("lang", self.lang)
        self.targets += [value for name, value in attrs if name in ("href", "src")]


def words_of(text):
    """A text without its line ends."""
    return " ".join(text.split())


def written(kind, code="en", shop=None, event=EVENT, person=PERSON, booking=BOOKING, **told):
    """A mail of this kind in a language."""
    composer, person = Composer(shop), person | {"locale": code}
    if kind.startswith("waitlist_"):
        return of_waiter(kind, WaitlistComposer(shop), person, event | {"ticket_types": []}, booking | OFFER, told)
    link = shop and LINK
    notice = {"before": VIEW, "after": {name: event[name] for name in VIEW}, "reason": "Rain.", "body": "Come early."}
    notice |= {"subject": "A word"} | told
    match kind:
        case "confirmation" | "booking_cancelled" | "cancelled_by_staff" | "tickets_cancelled":
            paid = [told["paid_by"]] if "paid_by" in told else []
            return getattr(composer, kind)(JOB, person, booking | {"event": event}, *paid)
        case "payment_due" | "payment_late" | "payment_refunded":
            return of_payer(kind, PaymentComposer(shop), person, booking | {"event": event}, told)
        case "ticket_received" | "ticket_lost":
            of, holder = TicketComposer(shop), {"email": "zoe@example.com"}
            about = (JOB, person, booking | {"event": event}, BOOKING["tickets"][1], holder)
            return of.lost(*about) if kind == "ticket_lost" else of.received(*about, LINK)
        case "password_reset" | "email_verification" | "webhook_disabled":
            about = (WEBHOOK | told,) if kind == "webhook_disabled" else ("the-token", link)
            return getattr(composer, kind)(JOB, person, *about)
        case _:
            about = (notice.get("now", JOB["created_at"]),) if kind == "reminder" else (notice,)
            about += (told["bookings"],) if "bookings" in told else ()
            return getattr(composer, kind)(JOB, person, event, *about)


def of_waiter(kind, composer, person, event, booking, told):
    """A mail to somebody who waits."""
    match kind:
        case "waitlist_joined":
            return composer.joined(JOB, person, WAITS | told, event)
        case "waitlist_offered":
            return composer.offered(JOB, person, WAITS | told, booking | {"event": event})
        case "waitlist_missed":
            return composer.missed(JOB, person, booking | {"event": event}, is_open=told.get("is_open", True))
        case _:
            return composer.closed(JOB, person, event, told.get("cause", "ended"), is_open=told.get("is_open", True))


def of_payer(kind, composer, person, booking, told):
    """A mail about money."""
    mode = told.get("mode", "stripe")
    match kind:
        case "payment_due":
            held = {"status": "held", "hold_expires_at": OFFER["hold_expires_at"], "payment": money("manual")}
            return composer.due(JOB, person, held | booking | held, replies_arrive=told.get("replies_arrive", True))
        case "payment_late":
            ended = {"status": told.get("status", "expired")}
            return composer.late(JOB, person, booking | ended, {"mode": mode, "amount": booking["amount"]})
        case _:
            refund = {"mode": mode, "amount": told.get("amount", 2500), "reason": told.get("reason", "It rains.")}
            return composer.refunded(JOB, person, booking, refund)


def money(mode, **sums):
    """What a booking has of its money."""
    return {"mode": mode, "paid": 0, "refunded": 0, "owed": 0, "retained": 0} | sums


def read_back(message):
    """The subject, the text and the page of a mail, as the program of its reader has them."""
    raw = compose(message, Mailbox("", "tickets@example.com")).as_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = (mail.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    return mail["Subject"], text, Page(html)
