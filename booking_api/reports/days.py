"""Since when the clocks of a time zone are how far ahead of UTC. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

STEP = timedelta(days=1)  # no zone changes its clocks twice within one
MINUTE = timedelta(minutes=1)
MOST_YEARS = timedelta(days=3660)


def offsets(timezone: str, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """Return each offset of a zone from UTC between two times, with the time since when it holds.

    A zone that is not known any more counts as UTC. What is longer ago than ten years before the last has the offset
    of that time.
    """
    zone = _zone(timezone)
    first = max(first, last - MOST_YEARS)
    found = [(first, _offset(first, zone))]
    moment = first
    while moment < last:
        following = moment + STEP
        if _offset(following, zone) != found[-1][1]:
            found.append(_change(moment, following, zone))
        moment = following
    return found


def _change(before: datetime, after: datetime, zone: tzinfo) -> tuple[datetime, timedelta]:
    """Return the minute from which on the later offset holds."""
    offset = _offset(after, zone)
    before = before.replace(second=0, microsecond=0)
    while after - before > MINUTE:
        middle = before + (after - before) // MINUTE // 2 * MINUTE
        if _offset(middle, zone) == offset:
            after = middle
        else:
            before = middle
    return after.replace(second=0, microsecond=0), offset


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _zone(timezone: str) -> tzinfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return UTC
