"""The errors of reports."""

from ..errors import Unavailable


class ExportsBusy(Unavailable):
    """As many files as this service makes at once are being made, or one for you. Nothing was made.

    Send the request again after the seconds in `Retry-After`, when your download has ended.
    """

    code = "exports_busy"
    title = "Other files are being made"
    retry_after_seconds = 5


class ExportOverdue(Exception):
    """A file took too long to make, or its reader was too slow: it ends in the middle, and is to be seen as cut."""
