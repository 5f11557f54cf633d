"""Notices: what all guests of an event are told and when, and the errors of this resource. Pure."""

import math
from datetime import datetime, timedelta

from ..errors import TooMany
from ..events.model import Event
from ..events.rules import PUBLISHED, announced, guest_view, has_untold_changes
from .model import Notice

CHANGE, CANCELLATION, REMINDER, MESSAGE = ("change", "cancellation", "reminder", "message")
REMIND_BEFORE = timedelta(hours=24)
DAY = timedelta(days=1)
# Limits on what is sent to a guest of one event in any 24 hours. A change beyond its limit waits and is merged with
# later ones; but if the event is about to begin it is sent in time, as an urgent notice.
MESSAGES_A_DAY = 5
CHANGES_A_DAY = 5
URGENT_BEFORE = timedelta(hours=3)
URGENT_APART = timedelta(hours=1)
URGENT_AFTER = timedelta(hours=2)  # after the beginning: guests may be standing in front of a closed door
# More than are needed unless the beginning is moved; the limit is for organizers who move it again and again.
URGENT_CHANGES_A_DAY = 6
CHANGES_COUNTED = CHANGES_A_DAY + URGENT_CHANGES_A_DAY


class TooManyMessages(TooMany):
    """An organizer can write to the guests of an event five times in 24 hours. This message was not sent.

    Send it again after the seconds in `Retry-After`, when the first of the five is a day old.
    """

    code = "too_many_messages"
    title = "Too many messages to these guests"
    example = {"detail": "At most 5 messages a day for each event: write again in 3 hours."}


def change_notice(event: Event, now: datetime) -> Notice | None:
    """Return the notice of what has changed since guests were last told; None if nothing has.

    A change that was undone before it was announced matters only to guests who booked in between, which is from
    `from_version` on.
    """
    since: int = event["changed_in_version"] if "changed_in_version" in event else event["version"]
    notice = _notice(f"{CHANGE}:{event['_id']}:{event['version']}", CHANGE, event, now)
    notice["after"], notice["changed_in_version"] = guest_view(event), since
    if has_untold_changes(event):
        notice["before"] = announced(event)
        return notice
    interim = event.get("interim")
    if event["status"] != PUBLISHED or interim is None or interim["since"] >= since:
        return None
    notice["before"], notice["from_version"] = interim["view"], interim["since"]
    return notice


def change_due(notice: Notice, earlier: list[Notice], now: datetime) -> tuple[datetime, bool]:
    """Return when guests may be told of a change, and whether that exceeds the limit; up to `now` means at once.

    `earlier` are the latest `CHANGES_COUNTED` notices of the event's changes. There is room again a day after the first
    of the last `CHANGES_A_DAY`. Before that, a notice is due `URGENT_BEFORE` the event begins, by its old or its new
    date, whichever is sooner, but `URGENT_APART` after the last urgent one.
    """
    recent = sorted((one for one in earlier if _created_at(one) > now - DAY), key=_created_at)
    if len(recent) < CHANGES_A_DAY:
        return now, False
    room_at = _created_at(recent[-CHANGES_A_DAY]) + DAY
    dates = (notice["before"]["date"], notice["after"]["date"])
    beginnings = [date for date in dates if date > now - URGENT_AFTER]
    if not beginnings:
        return room_at, True
    urgent_at = min(beginnings) - URGENT_BEFORE
    urgent = [_created_at(one) for one in recent if one.get("urgent")]
    if urgent:
        urgent_at = max(urgent_at, urgent[-1] + URGENT_APART)
    if len(urgent) >= URGENT_CHANGES_A_DAY:
        urgent_at = max(urgent_at, urgent[-URGENT_CHANGES_A_DAY] + DAY)
    return min(room_at, urgent_at), True


def cancellation_notice(event: Event, now: datetime) -> Notice:
    """Return the notice that an event will not take place."""
    notice = _notice(f"{CANCELLATION}:{event['_id']}", CANCELLATION, event, now)
    notice["reason"] = event.get("cancel_reason")
    return notice


def reminder(event: Event, date: datetime, now: datetime) -> Notice | None:
    """Return the reminder of an event on this date; None if the event was moved or cancelled since."""
    if event["status"] != PUBLISHED or event["date"] != date or date <= now:
        return None
    return _notice(f"{REMINDER}:{event['_id']}:{date:%Y%m%dT%H%M%S}", REMINDER, event, now)


def is_dispensable(notice: Notice) -> bool:
    """Whether a guest can do without it, and may ask for no more of its kind."""
    return notice["kind"] in (REMINDER, MESSAGE)


def moves_entries(notice: Notice) -> bool:
    """Whether it changes what guests have in their calendars."""
    return notice["kind"] in (CHANGE, CANCELLATION)


def comes_too_late(notice: Notice, event: Event, now: datetime) -> bool:
    """Whether its mail is pointless by now: the event was cancelled or, for a reminder, has begun."""
    if notice["kind"] == REMINDER and event["date"] <= now:
        return True
    return notice["kind"] in (REMINDER, CHANGE) and event["status"] != PUBLISHED


def message(event: Event, subject: str, body: str, message_id: str, now: datetime) -> Notice:
    """Return the notice that carries an organizer's message."""
    notice = _notice(f"{MESSAGE}:{message_id}", MESSAGE, event, now)
    notice["subject"], notice["body"] = subject, body
    return notice


def require_patience(earlier: list[Notice], now: datetime) -> None:
    """Raise `TooManyMessages` if there were `MESSAGES_A_DAY` within the last day, given the latest messages."""
    recent = sorted(_created_at(message) for message in earlier if _created_at(message) > now - DAY)
    if len(recent) >= MESSAGES_A_DAY:
        wait = recent[-MESSAGES_A_DAY] + DAY - now
        raise TooManyMessages(
            f"At most {MESSAGES_A_DAY} messages a day for each event: write again in {_hours(wait)}.",
            retry_after_seconds=int(wait.total_seconds()) + 1,
        )


def _created_at(notice: Notice) -> datetime:
    return notice["created_at"]


def _hours(wait: timedelta) -> str:
    hours = math.ceil(wait / timedelta(hours=1))
    return "an hour" if hours <= 1 else f"{hours} hours"


def _notice(notice_id: str, kind: str, event: Event, now: datetime) -> Notice:
    return {"_id": notice_id, "kind": kind, "event_id": event["_id"], "created_at": now, "reached": None}
