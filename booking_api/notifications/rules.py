"""Notices: what all guests of an event are to be told, and the errors of this resource. Pure."""

import math
from datetime import datetime, timedelta
from typing import Any

from ..errors import TooMany
from ..events.rules import PUBLISHED, guest_view, has_untold_changes

CHANGE, CANCELLATION, REMINDER, MESSAGE = ("change", "cancellation", "reminder", "message")
REMIND_BEFORE = timedelta(hours=24)
DAY = timedelta(days=1)
# What one guest hears of one event in any 24 hours: so many messages, and so many notices of changes. A change beyond
# them waits and is merged with those that follow, but is told while it is of use: then a notice is urgent.
MESSAGES_A_DAY = 5
CHANGES_A_DAY = 5
URGENT_BEFORE = timedelta(hours=3)
URGENT_APART = timedelta(hours=1)
URGENT_AFTER = timedelta(hours=2)  # the beginning: guests stand before a closed door
# More than a beginning that is not moved can have, for whoever moves it on and on.
URGENT_CHANGES_A_DAY = 6
CHANGES_COUNTED = CHANGES_A_DAY + URGENT_CHANGES_A_DAY


class TooManyMessages(TooMany):
    """An organizer can write to the guests of an event five times in 24 hours. This message was not sent.

    Send it again after the seconds in `Retry-After`, when the first of the five is a day old.
    """

    code = "too_many_messages"
    title = "Too many messages to these guests"
    example = {"detail": "At most 5 messages a day for each event: write again in 3 hours."}


def change_notice(event: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The notice of what differs from what guests were told before; None if nothing does.

    What was undone before it was told is told to those alone who booked by it: from `from_version` on.
    """
    since = event.get("changed_in_version", event["version"])
    facts = {"before": event["announced"], "after": guest_view(event), "changed_in_version": since}
    if not has_untold_changes(event):
        interim = event.get("interim")
        if event["status"] != PUBLISHED or interim is None or interim["since"] >= since:
            return None
        facts |= {"before": interim["view"], "from_version": interim["since"]}
    return _notice(f"{CHANGE}:{event['_id']}:{event['version']}", CHANGE, event, now) | facts


def change_due(notice: dict[str, Any], earlier: list[dict[str, Any]], now: datetime) -> tuple[datetime, bool]:
    """When guests may be told of a change, and whether beyond the limit then; no later than `now` means at once.

    `earlier` are the latest `CHANGES_COUNTED` notices of the event's changes. A day after the first of the last
    `CHANGES_A_DAY` there is room again. Before that a notice is due `URGENT_BEFORE` the event begins, by its old date
    or its new one, whichever is sooner, but `URGENT_APART` from the last urgent one.
    """
    recent = sorted((made for made in earlier if _made_at(made) > now - DAY), key=_made_at)
    if len(recent) < CHANGES_A_DAY:
        return now, False
    room_at = _made_at(recent[-CHANGES_A_DAY]) + DAY
    dates = (notice["before"]["date"], notice["after"]["date"])
    beginnings = [date for date in dates if date > now - URGENT_AFTER]
    if not beginnings:
        return room_at, True
    urgent_at = min(beginnings) - URGENT_BEFORE
    urgent = [_made_at(made) for made in recent if made.get("urgent")]
    if urgent:
        urgent_at = max(urgent_at, urgent[-1] + URGENT_APART)
    if len(urgent) >= URGENT_CHANGES_A_DAY:
        urgent_at = max(urgent_at, urgent[-URGENT_CHANGES_A_DAY] + DAY)
    return min(room_at, urgent_at), True


def cancellation_notice(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The notice that an event will not take place."""
    return _notice(f"{CANCELLATION}:{event['_id']}", CANCELLATION, event, now) | {"reason": event.get("cancel_reason")}


def reminder(event: dict[str, Any], date: datetime, now: datetime) -> dict[str, Any] | None:
    """The reminder of an event on that date; None if it was moved or cancelled since."""
    if event["status"] != PUBLISHED or event["date"] != date or date <= now:
        return None
    return _notice(f"{REMINDER}:{event['_id']}:{date:%Y%m%dT%H%M%S}", REMINDER, event, now)


def comes_too_late(notice: dict[str, Any], event: dict[str, Any], now: datetime) -> bool:
    """Whether its mail waited for a mail server until the event was cancelled or, to be reminded of, had begun."""
    if notice["kind"] == REMINDER and event["date"] <= now:
        return True
    return notice["kind"] in (REMINDER, CHANGE) and event["status"] != PUBLISHED


def message(event: dict[str, Any], subject: str, body: str, message_id: str, now: datetime) -> dict[str, Any]:
    """An organizer's message."""
    return _notice(f"{MESSAGE}:{message_id}", MESSAGE, event, now) | {"subject": subject, "body": body}


def require_patience(earlier: list[dict[str, Any]], now: datetime) -> None:
    """Raises `TooManyMessages` if there were `MESSAGES_A_DAY` within the last day, given the latest messages."""
    recent = sorted(_made_at(message) for message in earlier if _made_at(message) > now - DAY)
    if len(recent) >= MESSAGES_A_DAY:
        wait = recent[-MESSAGES_A_DAY] + DAY - now
        raise TooManyMessages(
            f"At most {MESSAGES_A_DAY} messages a day for each event: write again in {_hours(wait)}.",
            retry_after_seconds=int(wait.total_seconds()) + 1,
        )


def _made_at(notice: dict[str, Any]) -> datetime:
    return notice["created_at"]


def _hours(wait: timedelta) -> str:
    hours = math.ceil(wait / timedelta(hours=1))
    return "an hour" if hours <= 1 else f"{hours} hours"


def _notice(notice_id: str, kind: str, event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """`reached` is the last guest for whom a message is owed already: the fan-out goes on behind it."""
    return {"_id": notice_id, "kind": kind, "event_id": event["_id"], "created_at": now, "reached": None}
