"""What is stored until an email is verified: the email an account wants, the tokens, and when mails were owed."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from .model import EmailChange, VerificationMails, VerificationToken


class EmailChangeStore:
    """Reads and writes the emails that accounts want to have, in `email_changes`."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def find(self, user_id: ObjectId, session: ClientSession | None = None) -> EmailChange | None:
        """Return the email that an account wants."""
        return self.collection.find_one({"_id": user_id}, session=session)

    def put(self, change: EmailChange, session: ClientSession | None) -> None:
        """Store the email that an account wants, and replace an earlier one."""
        self.collection.replace_one({"_id": change["_id"]}, change, upsert=True, session=session)

    def delete(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Delete the email that an account wants."""
        self.collection.delete_one({"_id": user_id}, session=session)


class VerificationTokenStore:
    """Reads and writes the tokens that verify emails, in `email_verifications`."""

    INDEXES = [
        IndexModel([("user_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, key: str, user_id: ObjectId, change_id: ObjectId | None, expires_at: datetime) -> None:
        """Store a token until it expires."""
        row: VerificationToken = {"_id": key, "user_id": user_id, "change_id": change_id, "expires_at": expires_at}
        self.collection.insert_one(row)

    def spend(self, key: str, now: datetime, session: ClientSession | None) -> VerificationToken | None:
        """Return a token that has not expired, and delete it; None if there is no such token."""
        return self.collection.find_one_and_delete({"_id": key, "expires_at": {"$gt": now}}, session=session)

    def delete_all(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Delete the tokens of a user."""
        self.collection.delete_many({"user_id": user_id}, session=session)

    def delete_for_present(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Delete the tokens that verify the email which a user's account has now."""
        self.collection.delete_many({"user_id": user_id, "change_id": None}, session=session)


class VerificationMailStore:
    """Reads and writes when verification mails were owed, in `verification_mails`."""

    INDEXES = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def times(self, counter: str, session: ClientSession | None) -> list[datetime]:
        """Return when the latest mails were owed."""
        found: VerificationMails | None = self.collection.find_one({"_id": counter}, session=session)
        return found["times"] if found else []

    def put(self, counter: str, times: list[datetime], expires_at: datetime, session: ClientSession | None) -> None:
        """Store when the latest mails were owed; concurrent transactions conflict here, so the limit holds."""
        row: VerificationMails = {"_id": counter, "times": times, "expires_at": expires_at}
        self.collection.replace_one({"_id": counter}, row, upsert=True, session=session)
