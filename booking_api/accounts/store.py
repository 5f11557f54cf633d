"""The `users` collection: `{_id, name, email, email_key, password_hash, role, created_at}`."""

from collections.abc import Collection as Several
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
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
                raise EmailTaken from error
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

    def find_with_password(self, user_id: ObjectId) -> dict | None:
        """An account with its password hash."""
        return self.collection.find_one({"_id": user_id})

    def set_password(
        self, user_id: ObjectId, password_hash: bytes, session: ClientSession | None, *, instead_of: bytes | None = None
    ) -> bool:
        """Replace the password; with `instead_of` only if it still has this hash. Whether it was replaced."""
        found = {"_id": user_id} | ({} if instead_of is None else {"password_hash": instead_of})
        changes = {"$set": {"password_hash": password_hash}}
        return self.collection.update_one(found, changes, session=session).matched_count == 1

    def rename(self, user_id: ObjectId, name: str) -> dict | None:
        """Change the name; the account as it is then, or None if there is none."""
        return self.collection.find_one_and_update(
            {"_id": user_id}, {"$set": {"name": name}}, PUBLIC_FIELDS, return_document=ReturnDocument.AFTER
        )


class PasswordResetStore:
    """The `password_resets` collection: `{_id: key of the token, user_id, expires_at}`."""

    INDEXES = [
        IndexModel([("user_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection):
        self.collection = collection

    def insert(self, key: str, user_id: ObjectId, expires_at: datetime) -> None:
        """Keep a token until it expires."""
        self.collection.insert_one({"_id": key, "user_id": user_id, "expires_at": expires_at})

    def spend(self, key: str, now: datetime, session: ClientSession | None) -> ObjectId | None:
        """Whose token it is; with it all tokens of this user are gone. None if there is no such token any more."""
        spent = self.collection.find_one_and_delete({"_id": key, "expires_at": {"$gt": now}}, session=session)
        if spent is None:
            return None
        self.collection.delete_many({"user_id": spent["user_id"]}, session=session)
        return spent["user_id"]
