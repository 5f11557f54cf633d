"""At most one mail for a new password in five minutes to each account, however often it is requested."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

PAUSE = timedelta(minutes=5)


class ResetThrottle:
    """Says whether a mail may be owed. In a transaction only one of two concurrent requests is granted."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def take(self, email_key: str, now: datetime, session: ClientSession | None) -> bool:
        """Return True if no mail was owed to this email within five minutes, and note that one is now.

        Of two transactions that write the same row one is replayed, and then reads what the other has written. An email
        without an account is treated the same.
        """
        key = hashlib.sha256(email_key.encode()).hexdigest()
        if self.collection.find_one({"_id": key, "owed_at": {"$gt": now - PAUSE}}, session=session):
            return False
        changes = {"$set": {"owed_at": now, "expires_at": now + PAUSE}}
        self.collection.update_one({"_id": key}, changes, upsert=True, session=session)
        return True
