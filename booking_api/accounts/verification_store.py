"""What is kept until an email is verified: the email an account wants, the tokens, and how many mails went out."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection


class EmailChangeStore:
    """The `email_changes` collection: `{_id: id of the user, change_id, email, email_key, credentials, expires_at}`."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def find(self, user_id: ObjectId, session: ClientSession | None = None) -> dict[str, Any] | None:
        """The email that an account wants."""
        return self.collection.find_one({"_id": user_id}, session=session)

    def put(self, change: dict[str, Any], session: ClientSession | None) -> None:
        """Keep the email that an account wants, in place of any before."""
        self.collection.replace_one({"_id": change["_id"]}, change, upsert=True, session=session)

    def delete(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Forget it."""
        self.collection.delete_one({"_id": user_id}, session=session)


class VerificationTokenStore:
    """The `email_verifications` collection: `{_id: key of the token, user_id, change_id, expires_at}`.

    `change_id` is None where the token verifies the email that the account has.
    """

    INDEXES = [
        IndexModel([("user_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, key: str, user_id: ObjectId, change_id: ObjectId | None, expires_at: datetime) -> None:
        """Keep a token until it expires."""
        self.collection.insert_one({"_id": key, "user_id": user_id, "change_id": change_id, "expires_at": expires_at})

    def spend(self, key: str, now: datetime, session: ClientSession | None) -> dict[str, Any] | None:
        """A token that has not expired, which is gone then; None if there is none any more."""
        return self.collection.find_one_and_delete({"_id": key, "expires_at": {"$gt": now}}, session=session)

    def delete_all(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Forget the tokens of a user."""
        self.collection.delete_many({"user_id": user_id}, session=session)

    def delete_for_present(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Forget the tokens that verify the email which a user's account has."""
        self.collection.delete_many({"user_id": user_id, "change_id": None}, session=session)


class VerificationMailStore:
    """The `verification_mails` collection: `{_id: account or address, times, expires_at}`."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def times(self, counter: str, session: ClientSession | None) -> list[datetime]:
        """When the latest mails were owed."""
        found = self.collection.find_one({"_id": counter}, session=session)
        return found["times"] if found else []

    def put(self, counter: str, times: list[datetime], expires_at: datetime, session: ClientSession | None) -> None:
        """Keep when the latest mails were owed; two at once collide here, so that a limit by them holds."""
        row = {"_id": counter, "times": times, "expires_at": expires_at}
        self.collection.replace_one({"_id": counter}, row, upsert=True, session=session)
