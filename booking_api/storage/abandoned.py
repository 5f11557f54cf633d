"""Transactions that ran out of time. The driver does not abort them then, and the server keeps their locks for up to
60 s (https://www.mongodb.com/docs/manual/reference/parameter/#mongodb-parameter-param.transactionLifetimeLimitSeconds):
an event would be locked for everybody, because one transaction on it was slow.
"""

import contextvars
import logging
import threading
from collections.abc import Mapping
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from .failures import is_unavailable

log = logging.getLogger(__name__)

KILL_SECONDS = 0.5
MOST = 1000  # the server ends any more of them by itself


class AbandonedTransactions:
    """Aborts on the server the transactions that were left open, at once or before the next transaction.

    A commit that has happened stays; one that has not can no longer happen. The idempotency key finds out which it was.
    """

    def __init__(self, client: MongoClient[Any]):
        self._client = client
        self._sessions: list[Mapping[str, Any]] = []
        self._mutex = threading.Lock()

    def add(self, session: ClientSession) -> None:
        """Note a session whose transaction may still be open."""
        with self._mutex:
            if len(self._sessions) < MOST:
                self._sessions.append(session.session_id)

    def end(self) -> None:
        """Have the server abort them. If it does not answer they are kept for later; if it refuses they are dropped."""
        if not self._sessions:
            return
        with self._mutex:
            sessions, self._sessions = self._sessions, []
        try:
            # The deadline of the current request may have passed, and this must be done all the same.
            contextvars.Context().run(self._kill, sessions)
        except PyMongoError as error:
            if not is_unavailable(error):
                log.warning("MongoDB will end %d transactions only when they are too old: %s", len(sessions), error)
                return
            with self._mutex:
                self._sessions = (sessions + self._sessions)[:MOST]

    def _kill(self, sessions: list[Mapping[str, Any]]) -> None:
        with pymongo.timeout(KILL_SECONDS):
            self._client.admin.command("killSessions", sessions)
