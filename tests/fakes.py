"""Stand-ins for what tests of shape and rules do without: transactions, mail, and the passing of time."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from booking_api.storage.client import UnitOfWork


class NoTransactions:
    """Runs a unit of work without a session, for mongomock, which has none."""

    seconds = 6

    @contextmanager
    def snapshot(self):
        """No session."""
        yield None

    def run(self, work, *, replay=True):
        """Run `work` once."""
        unit = UnitOfWork(None)
        result = work(unit)
        unit.committed()
        return result


class Outgoing:
    """A sender that keeps what it was given."""

    notes_each = False
    outcome = "sent"

    def __init__(self):
        self.messages = []

    @contextmanager
    def session(self):
        """Sends through `send`, which a test may have replaced."""
        yield self.send

    def send(self, message):
        """Keep the message."""
        self.messages.append(message)

    @property
    def lines(self):
        """What the console would have printed."""
        return [message.line for message in self.messages]


class Clock:
    """A clock that moves only when told to."""

    def __init__(self):
        self.now = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def __call__(self):
        """The time."""
        return self.now

    def advance(self, **duration):
        """Let time pass."""
        self.now += timedelta(**duration)
