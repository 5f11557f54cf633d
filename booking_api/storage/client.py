"""The MongoDB client of a process, and the transactions that run on it."""

import contextlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import AutoReconnect, ConfigurationError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ..errors import StartupError
from .abandoned import AbandonedTransactions
from .deadline import deadline, seconds_left
from .prompt_client import PATIENCE_SECONDS, PromptClient

log = logging.getLogger(__name__)

DEFAULT_DATABASE = "booking"
# The driver's monitor takes a server for frozen after the sum of these two, by default after 30 s, and then interrupts
# whoever waits for it; nobody new waits after `prompt_client.SILENT_SECONDS`, which is four heartbeats. They are as
# frequent as the driver allows, for 2 ms of CPU a second and member (0.8 at 2,000). A connection may be made within
# the second one, so it leaves time for a first packet that is lost.
HEARTBEAT_MILLISECONDS = 500
CONNECT_MILLISECONDS = 3_000
Result = TypeVar("Result")


def connect(uri: str, *, seconds: float, pool_size: int = 100, patience: float = PATIENCE_SECONDS) -> Database[Any]:
    """Return the database that `uri` names, or `booking` if it names none. Does not connect yet.

    Writes are acknowledged by a majority with the journal, reads see majority-committed data, and every operation
    ends within `seconds`: by default the driver would wait forever for a server that has frozen
    (https://www.mongodb.com/docs/languages/python/pymongo-driver/current/connect/connection-options/csot/). While
    there is known to be no primary, an operation ends within `patience` seconds.

    Raises `StartupError` for an address that cannot be used.
    """
    failure = None
    with warnings.catch_warnings(record=True) as complaints:
        try:
            client = PromptClient(
                uri,
                patience=patience,
                appname="booking-api",
                tz_aware=True,
                retryWrites=True,
                retryReads=True,
                w="majority",
                journal=True,
                readConcernLevel="majority",
                timeoutMS=int(seconds * 1000),
                maxPoolSize=pool_size,
                heartbeatFrequencyMS=HEARTBEAT_MILLISECONDS,
                connectTimeoutMS=CONNECT_MILLISECONDS,
                serverMonitoringMode="stream",  # the server pushes: its silence shows, and a new primary at once
            )
            database = client.get_default_database(DEFAULT_DATABASE)
        except Exception as error:
            # The driver's errors and warnings may quote a part of the password, and so would a chained traceback.
            failure = type(error).__name__
    if failure:
        unknown_host = ", and DNS must know the host after mongodb+srv://" if uri.startswith("mongodb+srv") else ""
        raise StartupError(
            f"MONGODB_URI cannot be used ({failure}): copy it from Atlas; in its user and password @ : / % must be "
            f"escaped as %40 %3A %2F %25{unknown_host}."
        )
    if complaints:
        log.warning("MONGODB_URI has an option that is unknown or has an unusable value: it is ignored.")
    return database


@contextlib.contextmanager
def renewing_connections(client: MongoClient[Any]) -> Iterator[None]:
    """Replace the driver's error that the deployment has no sessions by `AutoReconnect`, and reset the connections.

    Every deployment that we start on has sessions. But the driver notes what a connection supports when it connects;
    one that was made while a member of the set was starting would refuse every transaction for the rest of its life.
    """
    try:
        yield
    except ConfigurationError as error:
        for server in list(client._topology._servers.values()):  # private, since the driver has no public way
            server.pool.reset_without_pause()
        raise AutoReconnect(str(error)) from error


def pool_sizes(client: MongoClient[Any]) -> tuple[int, int]:
    """Return how many connections of this process are in use, and how many are idle.

    Counted when asked for: a listener to the driver's events would add about 25 us to every operation.
    """
    pools = [server.pool for server in list(client._topology._servers.values())]  # private, as above
    return sum(pool.active_sockets for pool in pools), sum(len(pool.conns) for pool in pools)


class Collided(Exception):
    """A transaction that must not be replayed had a conflict with another one; it has changed nothing."""


class UnitOfWork:
    """One attempt at a transaction: the session for its reads and writes, and what to do after its commit."""

    def __init__(self, session: ClientSession | None):
        self.session = session
        self._followers: list[Callable[[], None]] = []

    def after_commit(self, follower: Callable[[], None]) -> None:
        """Call `follower` after the commit, and only then; a replayed attempt starts with no followers."""
        self._followers.append(follower)

    def committed(self) -> None:
        """Call the followers in the order in which they were registered."""
        for follower in self._followers:
            follower()


class Transactions:
    """Runs functions as MongoDB transactions: all or nothing, within a time limit."""

    def __init__(self, client: MongoClient[Any], seconds: float):
        self._client = client
        self._seconds = seconds
        self._abandoned = AbandonedTransactions(client)

    @property
    def seconds(self) -> float:
        """The longest a transaction may take."""
        return self._seconds

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[ClientSession | None]:
        """Have all reads with this session see the data of one moment; it cannot write."""
        with renewing_connections(self._client), self._client.start_session(snapshot=True) as session:
            yield session

    def run(self, work: Callable[[UnitOfWork], Result], *, replay: bool = True) -> Result:
        """Run `work` in a transaction, commit it and return its result; after a write conflict `work` is run again.

        Without `replay` it raises `Collided` instead.

        A commit with an unknown result is retried until the result is known. When the time is over the driver's error
        is raised, and the transaction may have been committed or not: the caller must not undo anything.
        """
        unit = UnitOfWork(None)

        def attempt(session: ClientSession) -> Result:
            nonlocal unit
            if not replay and unit.session is not None:
                raise Collided
            unit = UnitOfWork(session)
            return work(unit)

        self._abandoned.end()
        latest = time.monotonic() + min(self._seconds, seconds_left())
        session = self._client.start_session()
        try:
            with deadline(self._seconds), renewing_connections(self._client):
                result = session.with_transaction(
                    attempt,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority", j=True),
                )
        except BaseException as error:
            if isinstance(error, PyMongoError) or time.monotonic() >= latest:
                # Not returned to the driver's pool: ending the session later would abort the work of its next user.
                self._abandoned.add(session)
                self._abandoned.end()
            else:
                session.end_session()
            raise
        session.end_session()
        unit.committed()
        return result
