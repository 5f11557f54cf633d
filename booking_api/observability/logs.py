"""Lines of the log: text for people, or JSON for machines, an object a line.

Nothing that a caller sends begins a line of its own: text escapes what is not printable and indents the rest of a
traceback, and JSON is one line of ASCII by its nature.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
from flask import g, has_request_context

LOGGER = "booking_api"
JSON, TEXT = FORMATS = ("json", "text")
JSON_OPTIONS = orjson.OPT_UTC_Z
TEXT_LAYOUT = "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"
INDENT = "\n    "


def configure(level: str, line_format: str) -> None:
    """Have the service log to standard error, each record with its request's id.

    Leaves out what no line shows, neither ours nor gunicorn's (https://docs.python.org/3/howto/logging.html#optimization).
    """
    logging.logThreads = logging.logMultiprocessing = False
    handler = LineHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if line_format == JSON else TextFormatter(TEXT_LAYOUT))
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def of_gunicorn(line_format: str) -> dict[str, Any]:
    """gunicorn's `logconfig_dict`, which gives its own few lines our format; empty for text, where its own will do."""
    if line_format != JSON:
        return {}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
    }


def write_access_line(logger: logging.Logger, message: str, fields: dict[str, Any]) -> None:
    """Log a request: `message` as text, `fields`, its `request_id` among them, beside it in JSON.

    A record made here costs a third of what `Logger.info` does, which looks for the line it was called from.
    """
    record = logging.LogRecord(logger.name, logging.INFO, "", 0, message, None, None)
    record.fields = fields
    logger.handle(record)


class LineHandler(logging.Handler):
    """Writes each record by one system call, without a lock.

    A write lets other threads run; if a lock is held meanwhile they all come to wait for it, which was a fifth of the
    time of a bare request. A line written at once is whole without it, up to the 4 KB of a pipe (pipe(7)).
    """

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        try:
            self._descriptor = stream.fileno()
        except OSError:  # a stream in memory
            self._descriptor = None

    def createLock(self) -> None:
        """Make none."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, and leave what cannot be written to `logging`."""
        try:
            line = f"{self.format(record)}\n"
            if self._descriptor is None:
                self._stream.write(line)
                return
            left = line.encode(errors="backslashreplace")
            while left:
                left = left[os.write(self._descriptor, left) :]
        except Exception:
            self.handleError(record)


class TextFormatter(logging.Formatter):
    """A line a record; only a traceback has more, and they are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The text of the record."""
        record.request_id = record.fields["request_id"] if hasattr(record, "fields") else request_id() or "-"
        return super().format(record).replace("\n", INDENT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The first line, with all that could end or hide it escaped."""
        line = super().formatMessage(record)
        return line if line.isprintable() else line.encode("unicode_escape").decode()


class JsonFormatter(logging.Formatter):
    """An object a line: time, level, logger, message, request_id; what else is known; the traceback as `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The JSON of the record, in ASCII."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        document |= record.fields if hasattr(record, "fields") else {"request_id": request_id()}
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        try:
            line = orjson.dumps(document, option=JSON_OPTIONS).decode()
        except TypeError:  # a lone surrogate, or a value that has no JSON
            line = ""
        # Some readers take U+2028 or U+0085 for the end of a line too.
        return line if line.isascii() and line else json.dumps(document, default=_plainly)


def request_id() -> str | None:
    """The id of the request at hand; None outside of one."""
    return g.get("request_id") if has_request_context() else None


def _plainly(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
