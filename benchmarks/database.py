"""The one MongoDB that every server of a benchmark runs on, emptied between them, and what its books say."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pymongo import MongoClient

from booking_api.development.embedded import EmbeddedServer

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks"
NAME = "booking"
LIVE = ["held", "confirmed"]


@dataclass(frozen=True)
class Books:
    """What an audit found: bookings, events whose books are wrong, and tickets sold beyond what there were."""

    bookings: int
    wrong: int
    oversold: int


class Database:
    """Runs while the `with` block does, with its data on the disk of this checkout, and reached by a unix socket."""

    def __enter__(self) -> "Database":
        FOLDER.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mongodb-", dir=FOLDER)))
            server = EmbeddedServer(folder)
            self.uri = server.start()
            stack.callback(server.stop)
            self._client = stack.enter_context(MongoClient(self.uri))
            self.version = self._client.server_info()["version"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_error) -> None:
        self._stack.close()

    def empty(self) -> None:
        """Leave nothing of the server before; a transaction it left open would hold its locks for 10 s more."""
        self._client.admin.command("killAllSessions", [])
        self._client.drop_database(NAME)

    def audit(self) -> Books:
        """Hold every event against its bookings: total = available + the quantities of the live ones.

        All is read from one snapshot, for a commit of a server that just stopped may still be on its way. Every server
        keeps the collections that the contract names.
        """
        database = self._client[NAME]
        stages = [{"$match": {"status": {"$in": LIVE}}}, {"$group": {"_id": "$event_id", "n": {"$sum": "$quantity"}}}]
        wrong = oversold = 0
        with self._client.start_session(snapshot=True) as session:
            live = {row["_id"]: row["n"] for row in database.bookings.aggregate(stages, session=session)}
            for event in database.events.find({}, {"total_tickets": 1, "available_tickets": 1}, session=session):
                sold, total = live.get(event["_id"], 0), event["total_tickets"]
                wrong += total != event["available_tickets"] + sold
                oversold += max(0, sold - total)
            return Books(database.bookings.count_documents({}, session=session), wrong, oversold)
