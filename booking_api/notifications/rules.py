"""Notices: what all guests of an event are to be told, and the errors of this resource. Pure."""

import math
from datetime import datetime, timedelta

from ..errors import TooMany
from ..events.rules import GUEST_FIELDS, PUBLISHED, guest_view

CHANGE, CANCELLATION, REMINDER, MESSAGE = ("change", "cancellation", "reminder", "message")
REMIND_BEFORE = timedelta(hours=24)
MESSAGES_A_DAY = 5
DAY = timedelta(days=1)


class TooManyMessages(TooMany):
    """An organizer can write to the guests of an event five times in 24 hours. This message was not sent.

    Send it again after the seconds in `Retry-After`, when the first of the five is a day old.
    """

    code = "too_many_messages"
    title = "Too many messages to these guests"
    example = {"detail": "At most 5 messages a day for each event: write again in 3 hours."}


def change_notice(event: dict, now: datetime) -> dict | None:
    """The notice of what differs from what guests were told before; None if nothing does."""
    told, shown = event["announced"], guest_view(event)
    if event["status"] != PUBLISHED or all(told[name] == shown[name] for name in GUEST_FIELDS):
        return None
    since = event.get("changed_in_version", event["version"])
    facts = {"before": told, "after": shown, "changed_in_version": since}
    return _notice(f"{CHANGE}:{event['_id']}:{event['version']}", CHANGE, event, now) | facts


def cancellation_notice(event: dict, now: datetime) -> dict:
    """The notice that an event will not take place."""
    return _notice(f"{CANCELLATION}:{event['_id']}", CANCELLATION, event, now) | {"reason": event.get("cancel_reason")}


def reminder(event: dict, date: datetime, now: datetime) -> dict | None:
    """The reminder of an event on that date; None if it was moved or cancelled since."""
    if event["status"] != PUBLISHED or event["date"] != date or date <= now:
        return None
    return _notice(f"{REMINDER}:{event['_id']}:{date:%Y%m%dT%H%M%S}", REMINDER, event, now)


def comes_too_late(notice: dict, event: dict, now: datetime) -> bool:
    """Whether it is a reminder that has waited for a mail server until its event has begun, or will not be."""
    return notice["kind"] == REMINDER and (event["status"] != PUBLISHED or event["date"] <= now)


def message(event: dict, subject: str, body: str, message_id: str, now: datetime) -> dict:
    """An organizer's message."""
    return _notice(f"{MESSAGE}:{message_id}", MESSAGE, event, now) | {"subject": subject, "body": body}


def require_patience(earlier: list[datetime], now: datetime) -> None:
    """Raises `TooManyMessages` if there were `MESSAGES_A_DAY` within the last day, given when the latest were."""
    recent = sorted(moment for moment in earlier if moment > now - DAY)
    if len(recent) >= MESSAGES_A_DAY:
        wait = recent[-MESSAGES_A_DAY] + DAY - now
        raise TooManyMessages(
            f"At most {MESSAGES_A_DAY} messages a day for each event: write again in {_hours(wait)}.",
            retry_after_seconds=int(wait.total_seconds()) + 1,
        )


def _hours(wait: timedelta) -> str:
    hours = math.ceil(wait / timedelta(hours=1))
    return "an hour" if hours <= 1 else f"{hours} hours"


def _notice(notice_id: str, kind: str, event: dict, now: datetime) -> dict:
    """`reached` is the last guest for whom a message is owed already: the fan-out goes on behind it."""
    return {"_id": notice_id, "kind": kind, "event_id": event["_id"], "created_at": now, "reached": None}
