"""How a time is written, wherever one is: in answers, in problems, in their sentences."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """UTC with `Z`, with milliseconds where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
