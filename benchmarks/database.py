"""The one MongoDB that every server of a benchmark runs on, emptied between them, and what its books say."""

import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bson import ObjectId
from pymongo import MongoClient

from booking_api.development.embedded import EmbeddedServer, socket_path

from .books import Books, compare
from .delay import Forwarder
from .folders import FOLDER

NAME = "booking"
LIVE = ["held", "confirmed"]
OWN = "benchmarks"  # the name of our own client, which is not a server's
LEAVE_SECONDS = 20
PINGS = 21


class Database:
    """Runs while the `with` block does, with its data on the disk of this checkout, and reached by a unix socket.

    With a delay, in milliseconds, servers reach it by a `Forwarder` at `uri` instead; the audit never does.
    """

    def __init__(self, delay: float = 0):
        self._delay = delay
        self.forwarder: Forwarder | None = None

    def __enter__(self) -> "Database":
        FOLDER.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mongodb-", dir=FOLDER)))
            server = EmbeddedServer(folder)
            self.uri = server.start()
            stack.callback(server.stop)
            self._client = stack.enter_context(MongoClient(self.uri, appname=OWN))
            self.version = self._client.server_info()["version"]
            if self._delay:
                self.forwarder = stack.enter_context(Forwarder(socket_path(folder), self._delay))
                self.uri = self.forwarder.uri
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_error) -> None:
        self._stack.close()

    def ping_milliseconds(self) -> float:
        """A round trip as servers have it, with the delay: the median of a few."""
        times = []
        with MongoClient(self.uri, appname=OWN) as client:
            for _ in range(PINGS):
                began = time.perf_counter()
                client.admin.command("ping")
                times.append(time.perf_counter() - began)
        return 1000 * median(times)

    def empty(self) -> None:
        """Leave nothing of the server before; a transaction it left open would hold its locks for 10 s more."""
        self._client.admin.command("killAllSessions", [])
        self._client.drop_database(NAME)

    def wait_until_left(self) -> None:
        """Wait until MongoDB is done with all that a killed server had asked: no client has a connection but ours.

        Raises `TimeoutError` after 20 s.
        """
        stages = [
            {"$currentOp": {"allUsers": True, "idleConnections": True}},
            {"$match": {"clientMetadata.driver": {"$exists": True}, "appName": {"$ne": OWN}}},
        ]
        deadline = time.monotonic() + LEAVE_SECONDS
        while list(self._client.admin.aggregate(stages)):
            if time.monotonic() > deadline:
                raise TimeoutError("The connections of a server that was killed are still there.")
            time.sleep(0.05)

    def audit(self) -> Books:
        """Hold every event against its bookings: total = available + the quantities of the live ones.

        All is read from one snapshot, for a commit of a server that just stopped may still be on its way. Every server
        keeps the collections that the contract names.
        """
        database = self._client[NAME]
        stages = [{"$match": {"status": {"$in": LIVE}}}, {"$group": {"_id": "$event_id", "n": {"$sum": "$quantity"}}}]
        with self._client.start_session(snapshot=True) as session:
            sold = {row["_id"]: row["n"] for row in database.bookings.aggregate(stages, session=session)}
            events = database.events.find({}, {"total_tickets": 1, "available_tickets": 1}, session=session)
            return compare(events, sold, database.bookings.count_documents({}, session=session))

    def count_bookings(self) -> int:
        """How many there are."""
        return self._client[NAME].bookings.count_documents({})

    def confirmation_seconds(self) -> list[float | None]:
        """How long after each booking its confirmation was sent; None if it was not."""
        return [
            (sent - row["created_at"]).total_seconds() if (sent := row["confirmation"]["sent_at"]) else None
            for row in self._client[NAME].bookings.find({}, {"created_at": 1, "confirmation": 1})
        ]

    def count_absent(self, bookings: Iterable[str]) -> int:
        """How many of these ids no booking has."""
        wanted = {ObjectId(each) for each in bookings}
        return len(wanted) - self._client[NAME].bookings.count_documents({"_id": {"$in": list(wanted)}})
