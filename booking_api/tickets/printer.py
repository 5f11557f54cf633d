"""Makes PDFs, one at a time in each process."""

import threading
from collections.abc import Sequence

from ..languages import catalogue
from .model import ShownTicket
from .rules import PrintersBusy

WAIT_SECONDS = 3.0  # the largest PDF takes a tenth of that
MOST_WAITING = 16  # threads, of the 64 that a worker has by default


class Printer:
    """Makes PDFs of tickets. It is loaded when it is first used: most workers never need its 20 MB.

    One at a time, because they only compute, and few wait, so that a rush for them leaves threads to who wants to book.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_WAITING)

    def render(self, tickets: Sequence[ShownTicket], locale: str) -> bytes:
        """Return a PDF with a page for each ticket, in a language; raises `PrintersBusy`."""
        if not self._places.acquire(blocking=False):
            raise PrintersBusy
        try:
            if not self._turn.acquire(timeout=WAIT_SECONDS):
                raise PrintersBusy
            try:
                from . import pdf

                return pdf.render(tickets, catalogue.language(locale))
            finally:
                self._turn.release()
        finally:
            self._places.release()
