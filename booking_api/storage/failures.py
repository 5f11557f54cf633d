"""Which failures of MongoDB pass: those are answered 503, and whatever else the driver raises is our own fault."""

from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError, WriteConcernError

# What MongoDB says of itself rather than of what was asked, and may say otherwise in a moment
# (https://www.mongodb.com/docs/manual/reference/error-codes/).
PASSING_CODES = {
    24,  # LockTimeout
    43,  # CursorNotFound: its member was restarted
    133,  # FailedToSatisfyReadPreference: a shard has no primary
    202,  # NetworkInterfaceExceededTimeLimit
    11601,  # Interrupted: an operator, or we ourselves, had the server end the operation
}


def is_unavailable(error: PyMongoError) -> bool:
    """Whether MongoDB may well answer later: it was away, changing its primary, frozen, or out of time."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WriteConcernError) or error.timeout:
        return True
    if isinstance(error, OperationFailure) and error.code in PASSING_CODES:
        return True
    labels = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")
    return isinstance(error, OperationFailure) and any(map(error.has_error_label, labels))
