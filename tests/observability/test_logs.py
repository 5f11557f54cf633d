"""Lines of the log: an object each for machines, none that a caller can forge, none that tells a secret."""

import json
import logging
import re
from datetime import datetime

import pytest

from booking_api.events.service import EventService
from booking_api.http.services import services_of
from booking_api.observability import logs

from ..apps import SETTINGS
from ..builders import make_event

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ENDINGS = ["\n", "\r\n", "\x00", "\x0b", "\x1b[2J", "\x85", "\u2028", "\ud800"]


@pytest.fixture
def printed(app, capsys, monkeypatch):
    """Sets the format of the log, and gives the lines printed since."""

    def lines(line_format=None):
        if line_format:
            logs.configure("INFO", line_format)
        return capsys.readouterr().err.splitlines()

    yield lines
    logs.configure(SETTINGS.log_level, SETTINGS.log_format)


@pytest.fixture
def rows(printed):
    """The lines of a log in JSON, read."""
    return lambda: [json.loads(line) for line in printed()]


def test_a_request_is_one_object_with_all_that_is_known_of_it(as_role, printed):
    organizer = as_role("organizer")
    event = make_event(organizer)
    printed("json")
    response = organizer.get(f"/events/{event['id']}", headers={"X-Request-ID": "abc-1"})
    (line,) = printed()
    row = json.loads(line)
    path = f"/api/v1/events/{event['id']}"
    assert RFC_3339.fullmatch(row.pop("time"))
    assert isinstance(row.pop("ms"), float)
    assert row == {
        "level": "INFO",
        "logger": "booking_api.access",
        "message": "request",
        "request_id": response.headers["X-Request-ID"],
        "client_ip": "127.0.0.1",
        "method": "GET",
        "route": "/api/v1/events/<objectid:event_id>",
        "path": path,
        "status": 200,
        "user_id": organizer.user["id"],
    }
    assert line.count(path) == 1


def test_who_is_not_signed_in_has_no_id_and_what_is_not_there_has_no_route(client, printed, rows):
    printed("json")
    client.get("/nothing")
    (row,) = rows()
    assert (row["route"], row["status"]) == (None, 404)
    assert "user_id" not in row


def test_an_exception_is_a_field_of_its_line(app, client, printed, rows, monkeypatch):
    printed("json")

    def fail(*_args, **_options):
        raise RuntimeError("one\ntwo")

    monkeypatch.setattr(services_of(app)[EventService], "search", fail)
    response = client.get("/events")
    failure, access = rows()
    assert failure["level"] == "ERROR"
    assert failure["request_id"] == access["request_id"] == response.headers["X-Request-ID"]
    assert failure["exception"].endswith("RuntimeError: one\ntwo")
    assert access["status"] == 500


def test_outside_of_a_request_there_is_no_request_id(printed, rows):
    printed("json")
    logging.getLogger("booking_api.jobs").warning("The %s job", "first")
    (row,) = rows()
    assert (row["message"], row["request_id"], row["level"]) == ("The first job", None, "WARNING")


@pytest.mark.parametrize("line_format", logs.FORMATS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_that_is_logged_begins_another_line(printed, ending, line_format):
    printed(line_format)
    forged = "2031-01-01 00:00:00,000 INFO [-] forged: x"
    logging.getLogger("booking_api.jobs").warning("before%s%s", ending, forged)
    (line,) = printed()
    assert line.isascii() and line.isprintable()
    assert "before" in line and "forged" in line


def test_a_traceback_cannot_be_taken_for_other_lines(printed):
    printed("text")
    try:
        raise ValueError("one\n2031-01-01 00:00:00,000 INFO [-] forged: x")
    except ValueError:
        logging.getLogger("booking_api.jobs").exception("It failed")
    first, *others = printed()
    assert first.endswith("ERROR [-] booking_api.jobs: It failed")
    assert others and all(line.startswith("    ") for line in others)


def test_text_has_the_line_that_people_read(client, printed):
    printed("text")
    client.get("/events", headers={"X-Request-ID": "abc-2"})
    (line,) = printed()
    assert re.fullmatch(
        r"\S+ \S+ INFO \[abc-2\] booking_api\.access: GET /api/v1/events 200 [\d.]+ms 127\.0\.0\.1", line
    )


def test_a_time_that_has_no_json_of_its_own_is_still_rfc_3339(printed, rows):
    printed("json")
    logging.getLogger("booking_api.jobs").warning("Grüße \ud800")
    (row,) = rows()
    assert row["message"] == "Grüße \ud800"
    assert RFC_3339.fullmatch(row["time"])
    assert datetime.fromisoformat(row["time"]).tzinfo is not None


def test_gunicorns_own_lines_are_json_too_where_ours_are():
    assert logs.of_gunicorn("text") == {}
    layout = logs.of_gunicorn("json")
    assert layout["formatters"]["json"]["()"] is logs.JsonFormatter
    assert layout["loggers"]["gunicorn.error"]["handlers"] == ["stderr"]
