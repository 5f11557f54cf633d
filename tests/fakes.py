"""Stand-ins for what tests of shape and rules do without: transactions, mail, and the passing of time."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from booking_api.errors import ValidationFailed
from booking_api.storage.client import UnitOfWork
from booking_api.webhooks.client import Answer
from booking_api.webhooks.receivers import Receivers


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


def answered(status=200, *, error=None, timed_out=False, duration_ms=5, body="ok"):
    """Return what a receiver answered, by default soon and well."""
    return Answer(status, duration_ms, body, error, timed_out)


class Receiving:
    """The world of webhooks: every target but `REFUSED` may be called, and posts are kept and answered by `answers`.

    `answers` is called with the URL, the headers and the body of each post.
    """

    REFUSED = "https://10.0.0.1/"

    def __init__(self):
        self.posts, self.secrets = [], []
        self.answers = lambda url, headers, body: answered()

    def require_acceptable(self, url):
        """Refuse one target."""
        if url == self.REFUSED:
            raise ValidationFailed({"url": ["Is not a public address."]})

    def post(self, url, headers, body):
        """Keep the post, and answer it."""
        self.posts.append((url, headers, json.loads(body)))
        return self.answers(url, headers, body)

    def new_secret(self):
        """A secret that no other is like."""
        self.secrets.append(f"whsec_{len(self.secrets)}")
        return self.secrets[-1]

    def sign(self, secrets, message_id, timestamp, body):
        """The secrets themselves, in place of signatures."""
        stamp = str(int(timestamp.timestamp()))
        return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(secrets)}

    @property
    def receivers(self):
        """What an application is given."""
        return Receivers(self, self, self)
