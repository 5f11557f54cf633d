"""PDFs are made one at a time, few wait for them, and nobody for long."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.http.services import services_of
from booking_api.tickets import pdf, printer
from booking_api.tickets.printer import MOST_WAITING, Printer
from booking_api.tickets.rules import PrintersBusy

from ..asserting import assert_problem
from ..pids import CALM_SECONDS, eventually


class Slow:
    """A PDF that is made as soon as it may be; how many are made at once."""

    def __init__(self):
        self.may_go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.now = self.most = 0

    def render(self, _tickets, _language):
        """Make one."""
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.release()
        assert self.may_go_on.wait(CALM_SECONDS)
        self.now -= 1
        return b"%PDF"


def is_full(busy):
    """Whether nobody more may wait; to try it would take a place for a moment."""
    return busy._places._value == 0


@pytest.fixture
def slow(monkeypatch):
    """PDFs that take as long as a test wants."""
    made = Slow()
    monkeypatch.setattr(pdf, "render", made.render)
    yield made
    made.may_go_on.set()


def test_pdfs_are_made_one_at_a_time_and_further_ones_are_refused_at_once(slow, monkeypatch):
    monkeypatch.setattr(printer, "WAIT_SECONDS", CALM_SECONDS)
    busy = Printer()
    with ThreadPoolExecutor(MOST_WAITING) as pool:
        asked = [pool.submit(busy.render, [], "en") for _ in range(MOST_WAITING)]
        eventually(lambda: is_full(busy), "all places are taken")
        with pytest.raises(PrintersBusy):
            busy.render([], "en")
        slow.may_go_on.set()
        assert {each.result(CALM_SECONDS) for each in asked} == {b"%PDF"}
    assert slow.most == 1
    assert not is_full(busy)


def test_who_waits_in_vain_is_told_when_to_come_back(app, ticket, see, slow, monkeypatch):
    monkeypatch.setattr(printer, "WAIT_SECONDS", 0.01)
    busy = services_of(app)[Printer]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(busy.render, [], "en")
        assert slow.begun.acquire(timeout=CALM_SECONDS)
        answer = see(ticket, ".pdf")
        slow.may_go_on.set()
        assert first.result(CALM_SECONDS) == b"%PDF"
    assert_problem(answer, 503, "printers_busy")
    assert answer.headers["Retry-After"] == "2"
    assert see(ticket, ".pdf").status_code == 200
