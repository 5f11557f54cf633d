"""What a ticket says in a language, on its page and in its PDF alike. Pure."""

from dataclasses import dataclass

from ..events.rules import CANCELLED as EVENT_CANCELLED
from ..languages import times
from ..languages.catalogue import Language
from .model import ShownTicket
from .rules import HELD, USED, VALID

GROUP = 4  # characters of a code that are written together


@dataclass(frozen=True)
class Words:
    """What a ticket says; `details` are pairs of a label and a text, `note` says what its state means."""

    title: str
    when: str
    venue: str | None
    details: list[tuple[str, str]]
    state: str
    note: str
    code: list[str]


def words_of(ticket: ShownTicket, language: Language) -> Words:
    """Return what a ticket says in a language, with times in the zone of its event."""
    event = ticket.event
    labelled = (("ticket.holder", ticket.holder), ("ticket.type", ticket.ticket_type))
    return Words(
        title=event["title"],
        when=times.span(language, event["date"], event["end_date"], event["timezone"]),
        venue=event["venue"],
        details=[(language.say(label), text) for label, text in labelled if text],
        state=language.say(f"ticket.{ticket.state}"),
        note=_note(ticket, language),
        code=[ticket.code[start : start + GROUP] for start in range(0, len(ticket.code), GROUP)],
    )


def _note(ticket: ShownTicket, language: Language) -> str:
    if ticket.event["status"] == EVENT_CANCELLED:
        return language.say("ticket.event_cancelled")
    if ticket.state in (USED, VALID) and ticket.checked_in_at is not None:
        when = times.span(language, ticket.checked_in_at, None, ticket.event["timezone"])
        return language.say("ticket.used_note", when=when)
    if ticket.state == HELD and ticket.unpaid:
        return language.say("ticket.unpaid_note")
    return language.say(f"ticket.{ticket.state}_note")
