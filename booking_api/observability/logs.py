"""The format of the log: text for people, or a JSON object a line for machines.

Nothing that a caller sends can start a line of its own: the text format escapes unprintable characters and indents
tracebacks, and JSON is always one line of ASCII.
"""

import contextlib
import json
import logging
import os
import select
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
from flask import g, has_request_context

LOGGER = "booking_api"
JSON, TEXT = FORMATS = ("json", "text")
JSON_OPTIONS = orjson.OPT_UTC_Z
ACCESS_MESSAGE = "request"
ACCESS_LAYOUT = "%(method)s %(path)s %(status)s %(ms)sms %(client_ip)s"
TEXT_LAYOUT = "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"
INDENT = "\n    "
GATHER_SECONDS = 0.1
MOST_GATHERED = 10_000  # lines; with more, requests wait for the log to take them
# What gunicorn says when it starts, which the service's own line says too.
REPEATED = ("Starting gunicorn", "Listening at", "Using worker")


def configure(level: str, line_format: str) -> None:
    """Log to standard error, each record with the id of its request.

    Turns off what no format uses (https://docs.python.org/3/howto/logging.html#optimization).
    """
    logging.logThreads = logging.logMultiprocessing = False
    handler = LineHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if line_format == JSON else TextFormatter(TEXT_LAYOUT))
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def of_gunicorn(line_format: str) -> dict[str, Any]:
    """Return gunicorn's `logconfig_dict`, which makes it log JSON too; empty for text, where its own format will do."""
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


def is_no_repetition(record: logging.LogRecord) -> bool:
    """Whether a record of gunicorn says something that the service's own line at the start does not; a filter."""
    return not str(record.msg).startswith(REPEATED)


def write_access_line(logger: logging.Logger, fields: dict[str, Any]) -> None:
    """Log a request: JSON has the `fields`, which include the `request_id`, and text a message made of them.

    JSON is written without a `LogRecord`, which would cost three times as much.
    """
    for handler in logging.getLogger(LOGGER).handlers:
        if isinstance(handler, LineHandler) and isinstance(handler.formatter, JsonFormatter):
            known = {"time": datetime.now(UTC), "level": "INFO", "logger": logger.name, "message": ACCESS_MESSAGE}
            handler.note(json_line(known | fields))
        else:
            shown = fields | {"client_ip": fields["client_ip"] or "-"}
            record = logging.LogRecord(logger.name, logging.INFO, "", 0, ACCESS_LAYOUT, (shown,), None)
            record.fields = fields
            handler.handle(record)


def gather_access_lines() -> None:
    """Write access lines in JSON soon, several at once, from now on. Call it after the fork: it starts a thread."""
    for handler in logging.getLogger(LOGGER).handlers:
        if isinstance(handler, LineHandler):
            handler.gather()


def flush() -> None:
    """Write the access lines that wait."""
    for handler in logging.getLogger(LOGGER).handlers:
        handler.flush()


class LineHandler(logging.Handler):
    """Writes lines by system calls of up to 4 KB, which to a pipe are atomic without a lock (pipe(7)).

    A write lets other threads run, and if a lock is held meanwhile they all end up waiting for it; that was a fifth of
    the time of a bare request. A record is written at once. After `gather`, access lines are written together every
    `GATHER_SECONDS`: each write of its own would make the thread of a request wait for its turn once more.
    """

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        self._gathered: deque[bytes] | None = None
        self._descriptor: int | None
        try:
            self._descriptor = stream.fileno()
        except OSError:  # a stream in memory
            self._descriptor = None

    def createLock(self) -> None:
        """Create no lock."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, after the lines that wait; an error is handled by `logging`."""
        try:
            self.flush()
            self._write(encoded(self.format(record)))
        except Exception:
            self.handleError(record)

    def note(self, line: str) -> None:
        """Write an access line, at once or soon. A full disk, or a closed stream, fails no request."""
        if self._gathered is not None and len(self._gathered) < MOST_GATHERED:
            self._gathered.append(encoded(line))
            return
        with contextlib.suppress(OSError, ValueError):
            self._write(encoded(line))

    def gather(self) -> None:
        """Gather access lines from now on; a process that is killed loses those of its last `GATHER_SECONDS`."""
        if self._gathered is None and self._descriptor is not None:
            self._gathered = deque()
            threading.Thread(target=self._write_often, name="access-log", daemon=True).start()

    def flush(self) -> None:
        """Write the lines that wait."""
        piece = b""
        with contextlib.suppress(IndexError):  # another thread may write them too
            while self._gathered:
                line = self._gathered.popleft()
                if len(piece) + len(line) > select.PIPE_BUF:
                    self._write(piece)
                    piece = b""
                piece += line
        self._write(piece)

    def _write_often(self) -> None:
        while True:
            time.sleep(GATHER_SECONDS)
            with contextlib.suppress(OSError, ValueError):
                self.flush()

    def _write(self, left: bytes) -> None:
        if self._descriptor is None:
            self._stream.write(left.decode())
            return
        while left:
            left = left[os.write(self._descriptor, left) :]


def encoded(line: str) -> bytes:
    """Return a line as it is written."""
    return f"{line}\n".encode(errors="backslashreplace")


class TextFormatter(logging.Formatter):
    """Formats a record as one line; a traceback follows in indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of the record."""
        record.request_id = record.fields["request_id"] if hasattr(record, "fields") else request_id() or "-"
        return super().format(record).replace("\n", INDENT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the first line, with everything escaped that could end or hide it."""
        line = super().formatMessage(record)
        return line if line.isprintable() else line.encode("unicode_escape").decode()


class JsonFormatter(logging.Formatter):
    """Formats a record as an object with time, level, logger, message, request_id, more fields, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON of the record, in ASCII."""
        document: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json_line(document)


def json_line(document: dict[str, Any]) -> str:
    """Return an object as JSON in ASCII, without a line break."""
    try:
        line = orjson.dumps(document, option=JSON_OPTIONS).decode()
    except TypeError:  # a lone surrogate, or a value that has no JSON
        line = ""
    # Some readers take U+2028 or U+0085 for the end of a line.
    return line if line.isascii() and line else json.dumps(document, default=_plainly)


def request_id() -> str | None:
    """Return the id of the current request; None outside of one."""
    return g.get("request_id") if has_request_context() else None


def _plainly(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
