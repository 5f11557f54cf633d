"""The `users` collection: `{_id, name, email, email_key, password_hash, role, created_at}`."""

from collections.abc import Collection as Several

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .rules import EmailTaken

PUBLIC_FIELDS = {"password_hash": 0, "email_key": 0}


class UserStore:
    """Reads and writes accounts."""

    INDEXES = [IndexModel([("email_key", ASCENDING)], unique=True)]

    def __init__(self, collection: Collection):
        self.collection = collection

    def insert_once(self, user: dict) -> dict:
        """Add an account; the one that is there if an earlier attempt added it.

        Raises `EmailTaken` if another one has its email.
        """
        try:
            self.collection.insert_one(user)
        except DuplicateKeyError as error:
            added = self.find(user["_id"])
            if added is None:
                raise EmailTaken("An account with this email exists already.") from error
            return added
        return user

    def find(self, user_id: ObjectId) -> dict | None:
        """An account without its secrets."""
        return self.collection.find_one({"_id": user_id}, PUBLIC_FIELDS)

    def find_many(self, user_ids: Several[ObjectId]) -> list[dict]:
        """The accounts that exist among these ids, without their secrets."""
        return list(self.collection.find({"_id": {"$in": list(user_ids)}}, PUBLIC_FIELDS))

    def find_for_login(self, email_key: str) -> dict | None:
        """An account by its email, with its password hash."""
        return self.collection.find_one({"email_key": email_key})

    def rename(self, user_id: ObjectId, name: str) -> dict | None:
        """Change the name; the account as it is then, or None if there is none."""
        return self.collection.find_one_and_update(
            {"_id": user_id}, {"$set": {"name": name}}, PUBLIC_FIELDS, return_document=ReturnDocument.AFTER
        )
