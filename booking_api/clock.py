"""The current time, and how times are written in answers and problems."""

from datetime import UTC, datetime

from bson.tz_util import utc


def now() -> datetime:
    """Return the time in UTC, cut to milliseconds, which is what MongoDB stores."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """Return the time in UTC with a `Z`, and with milliseconds unless they are zero."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    if moment.tzinfo is not utc:  # what the driver reads is in UTC already, and a list has several times an event
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"
