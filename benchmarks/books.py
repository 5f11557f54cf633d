"""What must be true of every server: each ticket is in the stock or in a booking, and an answered booking is there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Books:
    """What an audit found: bookings, events whose books are wrong, tickets sold beyond what there were, tickets lost.

    A lost ticket is taken from the stock, and no booking has it.
    """

    bookings: int
    wrong: int
    oversold: int
    lost: int = 0


def compare(events: Iterable[Mapping[str, Any]], sold: Mapping[Any, int], bookings: int) -> Books:
    """Hold events against the tickets that their live bookings have: total = available + sold."""
    wrong = oversold = lost = 0
    for event in events:
        total, has = event["total_tickets"], sold.get(event["_id"], 0)
        taken = total - event["available_tickets"]
        wrong += taken != has
        oversold += max(0, has - total)
        lost += max(0, taken - has)
    return Books(bookings, wrong, oversold, lost)


class Ledger(Counter):
    """Over all rounds of a server: bookings, events wrong, tickets oversold, bookings answered but not there.

    Of its kills, which are apart: their number, the tickets lost, and the bookings answered but not there.
    """

    def note(self, books: Books, answered: int) -> None:
        """Count what was found after a round, in which the server answered so many bookings with 201."""
        self.update(bookings=books.bookings, wrong=books.wrong, oversold=books.oversold)
        self.update(absent=max(0, answered - books.bookings))

    def note_kill(self, books: Books, absent: int) -> None:
        """Count what was found after a kill: `absent` bookings had been answered with 201 and are not there."""
        self.update(kills=1, killed_lost=books.lost, killed_absent=absent)
        self.update(oversold=books.oversold)

    @property
    def right(self) -> bool:
        """Whether every ticket is accounted for, kills apart."""
        return not (self["wrong"] or self["oversold"] or self["absent"])

    @property
    def outlives_kills(self) -> bool:
        """Whether no kill lost anything."""
        return not (self["killed_lost"] or self["killed_absent"])

    def __str__(self) -> str:
        words = (
            f"{self['bookings']:,} bookings, {self['wrong']} events with wrong books, {self['oversold']} tickets "
            f"oversold, {self['absent']} bookings answered but not there"
        )
        return f"{words}; {self.of_kills}" if self["kills"] else words

    @property
    def of_kills(self) -> str:
        """What the kills lost, in words."""
        absent = f" and {self['killed_absent']} bookings that were answered" if self["killed_absent"] else ""
        times = "once" if self["kills"] == 1 else f"{self['kills']} times"
        return f"lost {self['killed_lost']:,} tickets{absent}, killed {times}"
