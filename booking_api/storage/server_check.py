"""The check before the workers start: can this MongoDB carry transactions at all?"""

from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from ..errors import StartupError


def require_transactions(database: Database) -> None:
    """Raise `StartupError` unless the server answers and is a replica set or a sharded cluster.

    A standalone server has no transactions, so tickets could be lost between two writes
    (https://www.mongodb.com/docs/manual/core/transactions/).
    """
    try:
        hello = database.client.admin.command("hello")
        database.command("ping")
    except OperationFailure as error:
        raise StartupError(f"MongoDB refused the login in MONGODB_URI: {error.details['errmsg']}.") from error
    except (PyMongoError, ConfigurationError) as error:
        reason = str(error).split(",")[0].strip().rstrip(".")
        raise StartupError(
            f"MongoDB at MONGODB_URI cannot be reached ({reason}): "
            "check the address, the network access list and that the server is up."
        ) from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StartupError(
            "MongoDB at MONGODB_URI is a standalone server, which has no transactions: use a replica set "
            "(Atlas always is one; your own: start mongod with --replSet rs0 and run rs.initiate() once)."
        )
