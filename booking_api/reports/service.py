"""Lists of attendees, as files that are made while they are sent."""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import islice

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.reader import BookingReader
from ..bookings.rules import CANCELLED
from ..events.permissions import MANAGER
from ..events.reader import EventReader
from ..storage.deadline import deadline
from ..storage.sort import Position
from .csv_file import csv_file
from .rows import Row, booking_statuses, rows_of
from .rules import ExportOverdue
from .slots import Slots
from .xlsx_file import xlsx_file

log = logging.getLogger(__name__)

PAGE = 200  # bookings that are read at once, each of at most 100 tickets
ROWS = 1000  # that are written at once


class AttendeeLists:
    """Makes lists of attendees, part by part.

    A list may take `file_seconds`, and each of its pages `page_seconds`.
    """

    def __init__(
        self,
        events: EventReader,
        bookings: BookingReader,
        accounts: AccountService,
        slots: Slots,
        *,
        page_seconds: float,
        file_seconds: float,
    ):
        self._events = events
        self._bookings = bookings
        self._accounts = accounts
        self._slots = slots
        self._page_seconds = page_seconds
        self._file_seconds = file_seconds

    def as_csv(
        self, event_id: ObjectId, caller_id: ObjectId, status: str | None, *, excel: bool
    ) -> tuple[str, Generator[bytes]]:
        """Return the title of an event, and the parts of a file with its tickets, which are made as they are asked for.

        Raises `EventNotFound` and `NotYourEvent`; the first part may raise `ExportsBusy`, each `ExportOverdue`.
        """
        event = self._events.require(MANAGER, event_id, caller_id)
        return event["title"], csv_file(self._pages(event_id, caller_id, status), excel=excel)

    def as_xlsx(self, event_id: ObjectId, caller_id: ObjectId, status: str | None) -> tuple[str, Generator[bytes]]:
        """Return the same as a file for spreadsheets."""
        event = self._events.require(MANAGER, event_id, caller_id)
        return event["title"], xlsx_file(self._pages(event_id, caller_id, status))

    def being_made(self) -> int:
        """Return how many files this process is making."""
        return self._slots.taken()

    def _pages(self, event_id: ObjectId, caller_id: ObjectId, status: str | None) -> Iterator[Sequence[Row]]:
        """Yield the rows of all tickets, some at a time. It runs on after the view, so it limits its own time."""
        begun, made = time.monotonic(), 0
        with self._slots.take(caller_id):
            try:
                after: Position | None = None
                more = True
                while more:
                    with deadline(min(self._left(begun), self._page_seconds)):
                        page = self._bookings.page(
                            event_id, booking_statuses(status), PAGE, after, with_cancelled_tickets=status == CANCELLED
                        )
                        people = self._accounts.people(booking["customer_id"] for booking in page.items)
                    rows = (row for booking in page.items for row in rows_of(booking, people, status))
                    while some := list(islice(rows, ROWS)):
                        self._left(begun)
                        yield some
                        made += len(some)
                    after, more = page.end, page.end is not None
            except GeneratorExit:
                log.info("The reader of a list of attendees has gone after %d rows.", made)
                raise
            except Exception as error:
                log.warning("A list of attendees ends too early, after %d rows: %s.", made, type(error).__name__)
                raise
        log.info("A list of attendees is complete: %d rows in %.1f s.", made, time.monotonic() - begun)

    def _left(self, begun: float) -> float:
        """Return how many seconds there are for the rest of a file; raises `ExportOverdue`."""
        left = self._file_seconds - (time.monotonic() - begun)
        if left <= 0:
            raise ExportOverdue
        return left
