"""A customer's bookings by the dates of their events. Pure.

Bookings do not store these dates, because an event that moves would have to rewrite all of its bookings.
"""

from collections.abc import Mapping
from datetime import datetime

from bson import ObjectId

from ..events.model import EventDates
from ..events.rules import is_over
from ..storage.sort import Position


def select(events: Mapping[ObjectId, EventDates], upcoming: bool | None, now: datetime) -> dict[ObjectId, EventDates]:
    """Return the events that are not over, or with False those that are; with None all of them."""
    return {key: event for key, event in events.items() if upcoming is None or is_over(event, now) is not upcoming}


def page(
    booked: Mapping[ObjectId, ObjectId],
    events: Mapping[ObjectId, EventDates],
    limit: int,
    after: Position | None,
) -> tuple[list[ObjectId], Position | None]:
    """Return the ids of up to `limit` bookings in the order of their events' dates, and where the next page begins.

    `booked` has the event of each booking; bookings of events that are not among `events` are left out.
    """
    rows = sorted(
        (events[event_id]["date"], booking_id) for booking_id, event_id in booked.items() if event_id in events
    )
    if after is not None:
        rows = [row for row in rows if row > (after.value, after.id)]
    shown = rows[:limit]
    return [booking_id for _, booking_id in shown], Position(*shown[-1]) if len(rows) > limit else None
