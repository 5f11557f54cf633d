"""Access lines that are written together: whole, in order with other records, and none lost at the end."""

import json
import logging
import os
import select
import subprocess
import sys

import pytest

from booking_api.observability import logs

PROGRAM = """
import logging
from booking_api.observability import logs
logs.configure("INFO", "json")
logs.gather_access_lines()
for number in range({lines}):
    logs.write_access_line(logging.getLogger("booking_api.access"), {{"request_id": "x" * 100, "number": number}})
    if number == {warned}:
        logging.getLogger("booking_api.jobs").warning("in between")
"""


@pytest.fixture
def gathering(monkeypatch, tmp_path):
    """A handler that gathers lines for an hour, and the file that it writes to."""
    monkeypatch.setattr(logs, "GATHER_SECONDS", 3600)
    file = tmp_path / "log"
    with file.open("w") as stream:
        handler = logs.LineHandler(stream)
        handler.setFormatter(logs.JsonFormatter())
        handler.gather()
        yield handler, file


@pytest.mark.server
def test_lines_are_written_when_the_process_ends_and_before_a_later_record():
    program = PROGRAM.format(lines=200, warned=120)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [row.get("number", row["message"]) for row in rows] == [*range(121), "in between", *range(121, 200)]


def test_lines_wait_and_are_written_in_pieces_that_a_pipe_takes_whole(gathering, monkeypatch):
    handler, file = gathering
    pieces = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: pieces.append(bytes(data)) or write(to, data))
    lines = [f"{number} ".ljust(300, "x") for number in range(50)]
    for line in lines:
        handler.note(line)
    assert file.read_text() == ""
    handler.flush()
    assert file.read_text().splitlines() == lines
    assert len(pieces) < 6
    assert all(len(piece) <= select.PIPE_BUF and piece.endswith(b"\n") for piece in pieces)


def test_a_line_longer_than_a_piece_is_written_whole(gathering):
    handler, file = gathering
    for line in ("short", "x" * 10_000, "short"):
        handler.note(line)
    handler.flush()
    assert file.read_text().splitlines() == ["short", "x" * 10_000, "short"]


def test_no_more_lines_wait_than_the_bound(gathering, monkeypatch):
    monkeypatch.setattr(logs, "MOST_GATHERED", 3)
    handler, file = gathering
    for number in range(5):
        handler.note(str(number))
    assert file.read_text().split() == ["3", "4"]
    handler.flush()
    assert sorted(file.read_text().split()) == ["0", "1", "2", "3", "4"]


def test_lines_are_written_soon_by_themselves():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as read:
        handler = logs.LineHandler(stream)
        handler.setFormatter(logs.JsonFormatter())
        handler.gather()
        handler.note("soon")
        assert read.readline() == "soon\n"


def test_a_log_that_cannot_be_written_fails_no_request(gathering, monkeypatch):
    handler, _file = gathering

    def full(*_args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(logs, "MOST_GATHERED", 0)
    handler.note("lost")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler.emit(logging.LogRecord("booking_api", logging.WARNING, "", 0, "lost too", (), None))
