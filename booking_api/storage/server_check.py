"""The check before the workers start: does this MongoDB support transactions?"""

from typing import Any

from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from ..errors import StartupError
from .failures import cause_of_absence, short_reason


def require_transactions(database: Database[Any], uri: str) -> None:
    """Raise `StartupError` unless the server answers and is a replica set or a sharded cluster.

    A standalone server has no transactions, so tickets could be lost between two writes
    (https://www.mongodb.com/docs/manual/core/transactions/). If the address has a password, the message quotes no part
    of the address: the driver takes an unescaped password for a host, a port or a name, and quotes it.
    """
    complaint = None
    try:
        hello = database.client.admin.command("hello")
        database.command("ping")
    except OperationFailure as error:
        complaint = f"MongoDB refused the login in MONGODB_URI ({short_reason(error)})."
    except (PyMongoError, ConfigurationError):
        complaint = (
            f"MongoDB at MONGODB_URI cannot be reached ({_cause(database, uri)}): "
            "check the address, the network access list and that the server is up."
        )
    if complaint:  # raised outside the `except` block, so that the driver's error is not chained to it
        raise StartupError(complaint)
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StartupError(
            "MongoDB at MONGODB_URI is a standalone server, which has no transactions: use a replica set "
            "(Atlas always is one; your own: start mongod with --replSet rs0 and run rs.initiate() once)."
        )


def _cause(database: Database[Any], uri: str) -> str:
    address, cause = cause_of_absence(database.client.topology_description)
    has_password = "@" in uri or "%40" in uri
    return cause if has_password or not address else f"{address}: {cause}"
