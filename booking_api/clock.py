"""The time, and how a time is written: in answers, in problems, in their sentences."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time in UTC, to the millisecond that MongoDB keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """UTC with `Z`, with milliseconds where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
