"""Which failures of MongoDB are temporary: those are answered 503; any other error of the driver is our own fault."""

import os
import re

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.topology_description import TopologyDescription

# Errors that are about the state of the server and not about the operation, and may soon be over
# (https://www.mongodb.com/docs/manual/reference/error-codes/).
PASSING_CODES = {
    24,  # LockTimeout
    43,  # CursorNotFound: its member was restarted
    133,  # FailedToSatisfyReadPreference: a shard has no primary
    202,  # NetworkInterfaceExceededTimeLimit
    239,  # SnapshotTooOld
    246,  # SnapshotUnavailable: its member has only just started
    11601,  # Interrupted: an operator, or we ourselves, had the server end the operation
}

MOST_WORDS = 300  # of a driver's message, characters


def is_unavailable(error: PyMongoError) -> bool:
    """Whether MongoDB may answer later: it was away, changing its primary, frozen, or out of time."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WriteConcernError) or error.timeout:
        return True
    if isinstance(error, OperationFailure) and error.code in PASSING_CODES:
        return True
    labels = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")
    return isinstance(error, OperationFailure) and any(map(error.has_error_label, labels))


def short_reason(error: PyMongoError) -> str:
    """Return what failed, for the log: the name of MongoDB's error, or which host could not be reached.

    MongoDB's full message may quote documents, and the driver's is pages long.
    """
    if isinstance(error, OperationFailure):
        return (error.details or {}).get("codeName") or f"{type(error).__name__} {error.code}"
    if isinstance(error, ConnectionFailure):
        return f"{type(error).__name__}: {str(error).partition(', Timeout:')[0][:MOST_WORDS]}"
    return type(error).__name__


def cause_of_absence(description: TopologyDescription) -> tuple[str, str]:
    """Return the address of a server that cannot be reached, or "" if there is none, and the reason."""
    for (host, port), server in description.server_descriptions().items():
        if server.error is not None:
            return f"{host}:{port}" if port else host, _words_of(server.error)
    if description.has_writable_server():
        return "", "the primary does not answer"
    return "", "no member of the replica set is the primary"


def _words_of(error: BaseException) -> str:
    """Return why a connection failed, in fixed words: the driver's message quotes the address."""
    said = str(error)
    if number := re.search(r"\[Errno (-?\d{1,5})\]", said):
        code = int(number[1])
        return os.strerror(code) if code > 0 else "the name is not known"
    if "SSL" in said:
        return "the TLS handshake failed"
    return "no answer in time" if isinstance(error, NetworkTimeout) else "the connection was closed"
