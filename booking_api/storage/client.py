"""One client for each process, and the transactions that run on it."""

import contextlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import TypeVar

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
# The driver finds out by its heartbeat that a server has frozen: after both of these together, 30 s by its defaults.
HEARTBEAT_MILLISECONDS = 2_000
CONNECT_MILLISECONDS = 6_000
Result = TypeVar("Result")


def connect(uri: str, *, seconds: float, pool_size: int = 100, patience: float = PATIENCE_SECONDS) -> Database:
    """The database that `uri` names, else `booking`. Makes no connection yet, so MongoDB may be away.

    Writes are acknowledged by a majority with the journal, reads see majority-committed data, and every operation
    ends within `seconds`: the driver's own default waits for ever on a server that has frozen
    (https://www.mongodb.com/docs/languages/python/pymongo-driver/current/connect/connection-options/csot/). While
    there is known to be no primary, it ends within `patience` seconds.

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
            )
            database = client.get_default_database(DEFAULT_DATABASE)
        except Exception as error:
            # The driver's words, in warnings too, quote the address and so maybe a part of its password; so would a
            # chained traceback.
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
def renewing_connections(client: MongoClient) -> Iterator[None]:
    """Raise `AutoReconnect`, and connect anew, where the driver says that the deployment has no sessions.

    Every deployment we start on has them. But what a connection supports is noted when it is made, and one made while
    a member of the set is just starting would refuse every transaction for as long as it lives.
    """
    try:
        yield
    except ConfigurationError as error:
        for server in list(client._topology._servers.values()):  # private, for the driver has no public way
            server.pool.reset_without_pause()
        raise AutoReconnect(str(error)) from error


def pool_sizes(client: MongoClient) -> tuple[int, int]:
    """How many connections of this process are in use, and how many are idle.

    Looked up when asked: a listener of the driver's events would cost every operation about 25 us.
    """
    pools = [server.pool for server in list(client._topology._servers.values())]  # private, as above
    return sum(pool.active_sockets for pool in pools), sum(len(pool.conns) for pool in pools)


class Collided(Exception):
    """A transaction that was not to be replayed met another one; it has done nothing."""


class UnitOfWork:
    """One attempt at a unit of work: the session its writes carry, and what is to follow once it is committed."""

    def __init__(self, session: ClientSession | None):
        self.session = session
        self._followers: list[Callable[[], None]] = []

    def after_commit(self, follower: Callable[[], None]) -> None:
        """Call `follower` after the commit, and only then; an attempt that is replayed registers anew."""
        self._followers.append(follower)

    def committed(self) -> None:
        """Run the followers, in the order they were registered."""
        for follower in self._followers:
            follower()


class Transactions:
    """Runs units of work as MongoDB transactions: all of it or nothing, within a time limit."""

    def __init__(self, client: MongoClient, seconds: float):
        self._client = client
        self._seconds = seconds
        self._abandoned = AbandonedTransactions(client)

    @property
    def seconds(self) -> float:
        """The longest a transaction may take."""
        return self._seconds

    def run(self, work: Callable[[UnitOfWork], Result], *, replay: bool = True) -> Result:
        """Run `work` in one transaction and commit it; after a write conflict it is run again from the start.

        Without `replay` it raises `Collided` instead.

        An unknown commit is retried until it is known. When the time is over, the driver's error leaves this method
        and the outcome may be either: the caller must not undo anything.
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
                # Not given back to the driver's pool: ended later, it would take the work of its next user with it.
                self._abandoned.add(session)
                self._abandoned.end()
            else:
                session.end_session()
            raise
        session.end_session()
        unit.committed()
        return result
