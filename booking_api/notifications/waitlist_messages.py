"""What those who wait for tickets are told. Pure."""

from collections.abc import Callable
from typing import Any, cast

from ..accounts.model import Contact
from ..events.model import Event
from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..events.waiting import type_of
from ..jobs.model import Job
from ..languages import times
from ..languages.catalogue import Language
from ..waitlist.rules import CLOSED, EXPIRED, OFFERED, WAITING
from . import names
from .message import Message
from .messages import Composer, language_of

Entry = dict[str, Any]  # as `WaitlistService.by_id` shows it
Details = Callable[[Language, Entry, Event], list[str]]


def message_of(composer: Composer, job: Job, person: Contact, entry: Entry, event: Event) -> Message:
    """Return what somebody is told of their entry, by its status."""
    template, details = ABOUT[entry["status"]]
    event, language = names.of_event(event), language_of(person)
    offered = entry["status"] == OFFERED
    facts = {
        "event": event,
        "kind": template,
        "item": {"quantity": _quantity(entry), "name": _type_name(entry, event)},
        "details": details(language, entry, event),
        "number": entry["booking_id"] if offered else None,
        "page": composer.page("bookings", entry["booking_id"]) if offered else composer.page("events", event["_id"]),
    }
    subject = language.say(f"{template}.subject", title=event["title"])
    return composer.write(job, person, "waitlist", "Waiting list email", subject, facts)


def _joined(language: Language, entry: Entry, _event: Event) -> list[str]:
    least, position = entry["min_quantity"], entry["position"]
    at_least = [language.say("waitlist_joined.at_least", quantity=least)] if least < entry["quantity"] else []
    return [*at_least, language.say("waitlist_joined.position", position=position)]


def _offered(language: Language, entry: Entry, event: Event) -> list[str]:
    return [language.say("waitlist_offered.until", until=_until(language, entry, event))]


def _missed(language: Language, entry: Entry, event: Event) -> list[str]:
    return [language.say("waitlist_missed.until", until=_until(language, entry, event))]


def _closed(language: Language, _entry: Entry, event: Event) -> list[str]:
    reason = "event_cancelled" if event["status"] == EVENT_CANCELLED else "sale_ended"
    return [language.say(f"waitlist_closed.{reason}")]


def _until(language: Language, entry: Entry, event: Event) -> str:
    return times.span(language, entry["offer_expires_at"], None, event["timezone"])


def _quantity(entry: Entry) -> int:
    """Return how many tickets were offered, or else are wanted."""
    return cast(int, entry["offer"]["quantity"] if entry.get("offer") else entry["quantity"])


def _type_name(entry: Entry, event: Event) -> str | None:
    ticket_type = type_of(event, entry["ticket_type_id"])
    return names.unlinked(ticket_type["name"]) if ticket_type else None


ABOUT: dict[str, tuple[str, Details]] = {
    WAITING: ("waitlist_joined", _joined),
    OFFERED: ("waitlist_offered", _offered),
    EXPIRED: ("waitlist_missed", _missed),
    CLOSED: ("waitlist_closed", _closed),
}
