"""Files from a running service: whole, or to be seen as cut; and nobody keeps the place of others."""

import io
import tempfile
import time
from pathlib import Path

import openpyxl
import pytest

from booking_api.development.embedded import EmbeddedServer

from ..faults.conftest import named
from ..pids import eventually
from ..processes import Service
from .readers import END, ROWS, Downloads, rest

pytestmark = pytest.mark.server

REQUEST_SECONDS = 3
IN_TIME = 40  # a reader is cut off after six times the time of a request


@pytest.fixture(scope="module")
def service():
    """A service whose requests have little time."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", REQUEST_SECONDS=REQUEST_SECONDS) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def downloads(service):
    """An event with many tickets."""
    return Downloads.of(service)


@pytest.fixture(autouse=True)
def _nothing_is_being_made(downloads):
    """The place of the test before is free."""
    eventually(lambda: downloads.status() == 200, "no file is being made", IN_TIME)


def is_whole(heard):
    """Whether a chunked answer has all rows and its end."""
    return heard.startswith(b"HTTP/1.1 200 OK\r\n") and heard.endswith(END) and heard.count(b"SECRET") == 0


def test_a_file_may_take_longer_than_a_request(downloads):
    begun = time.monotonic()
    with downloads.begin() as connection:
        start = connection.recv(1)
        eventually(lambda: time.monotonic() - begun > 1.2 * REQUEST_SECONDS, "a request would be over")
        heard = rest(connection, start)
    assert is_whole(heard)
    assert heard.count(b",valid,") == ROWS


def test_a_reader_who_goes_away_frees_the_place(downloads):
    with downloads.begin() as connection:
        assert connection.recv(1)
        assert downloads.status() == 503
    soon = 5 * REQUEST_SECONDS  # sooner than it would be cut off
    eventually(lambda: downloads.status() == 200, "the place is free", soon)


def test_a_reader_who_takes_nothing_frees_the_place_and_sees_that_the_file_is_cut(downloads):
    with downloads.begin("1.0") as connection:
        start = connection.recv(1)
        assert downloads.status() == 503
        eventually(lambda: downloads.status() == 200, "the place is free", IN_TIME)
        with pytest.raises(ConnectionResetError):  # an orderly end would say that this is all
            rest(connection, start)


def test_an_older_client_gets_all_of_it(downloads):
    with downloads.begin("1.0") as connection:
        heard = rest(connection)
    assert b"chunked" not in heard[:1000].lower()
    assert heard.count(b",valid,") == ROWS


def test_a_spreadsheet_comes_in_chunks_and_is_whole(service):
    small = Downloads.of(service, rows=5_000)
    answer = small.organizer.get(f"/events/{small.event_id}/attendees.xlsx")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    lines = list(openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).active.values)
    assert len(lines) == 5_001
    assert len({line[1] for line in lines}) == 5_001


def test_the_connection_can_be_used_again_after_a_file(downloads):
    caller = downloads.organizer
    answer = caller.get(f"/events/{downloads.event_id}/attendees.csv")
    assert answer.text.count(",valid,") == ROWS
    head = caller.head(f"/events/{downloads.event_id}/attendees.csv")
    assert (head.status_code, head.headers["Content-Type"]) == (200, answer.headers["Content-Type"])
    stats = f"/events/{downloads.event_id}/stats"  # on a busy machine there may be no time to count so many
    counted = eventually(lambda: (got := caller.get(stats)).status_code != 503 and got, "the tickets are counted")
    assert counted.json()["sold"] == ROWS


def test_a_file_that_mongodb_breaks_off_is_never_taken_for_whole(var_dir, tmp_path):
    server = EmbeddedServer(tmp_path)
    with Service(var_dir, MONGODB_URI=named(server.start())) as service:
        newer, older = Downloads.of(service), Downloads.of(service)
        with newer.begin() as chunked, older.begin("1.0") as plain:
            starts = chunked.recv(1), plain.recv(1)
            server.stop()
            heard = rest(chunked, starts[0])
            assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
            assert not heard.endswith(END)
            with pytest.raises(ConnectionResetError):
                rest(plain, starts[1])
        assert newer.status() == 503  # for want of MongoDB
        assert "A list of attendees ends too early" in service.output()
