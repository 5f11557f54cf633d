"""The `users` and `password_resets` collections."""

from collections.abc import Collection as Several
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from .model import PasswordReset, User, UserWithSecrets
from .rules import EmailTaken

PUBLIC_FIELDS = {"password_hash": 0, "email_key": 0}


class UserStore:
    """Reads and writes accounts."""

    INDEXES = [IndexModel([("email_key", ASCENDING)], unique=True)]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, user: UserWithSecrets, session: ClientSession | None) -> None:
        """Add an account; raises `EmailTaken` if another one has its email, or it was added already."""
        try:
            self.collection.insert_one(user, session=session)
        except DuplicateKeyError as error:
            raise EmailTaken from error

    def find(self, user_id: ObjectId) -> User | None:
        """Return an account without its secrets."""
        return self.collection.find_one({"_id": user_id}, PUBLIC_FIELDS)

    def find_many(self, user_ids: Several[ObjectId]) -> list[User]:
        """Return the accounts that exist among these ids, without their secrets."""
        return list(self.collection.find({"_id": {"$in": list(user_ids)}}, PUBLIC_FIELDS))

    def find_for_login(self, email_key: str) -> UserWithSecrets | None:
        """Return an account by its email, with its password hash."""
        return self.collection.find_one({"email_key": email_key})

    def find_with_password(self, user_id: ObjectId, session: ClientSession | None = None) -> UserWithSecrets | None:
        """Return an account with its password hash."""
        return self.collection.find_one({"_id": user_id}, session=session)

    def set_password(
        self, user_id: ObjectId, password_hash: bytes, session: ClientSession | None, *, instead_of: bytes | None = None
    ) -> bool:
        """Replace the password, with `instead_of` only if it still has this hash. Returns True if it was replaced."""
        found = {"_id": user_id} | ({} if instead_of is None else {"password_hash": instead_of})
        changes = {"$set": {"password_hash": password_hash}}
        return self.collection.update_one(found, changes, session=session).matched_count == 1

    def verify(self, user_id: ObjectId, now: datetime, session: ClientSession | None) -> None:
        """Mark the email as verified, unless it is already."""
        self.collection.update_one(
            {"_id": user_id, "verified_at": None}, {"$set": {"verified_at": now}}, session=session
        )

    def change_email(
        self, user_id: ObjectId, email: str, email_key: str, now: datetime, session: ClientSession | None
    ) -> None:
        """Replace the email by one that has just been verified; raises `EmailTaken`."""
        changes = {"email": email, "email_key": email_key, "verified_at": now}
        try:
            self.collection.update_one({"_id": user_id}, {"$set": changes}, session=session)
        except DuplicateKeyError as error:
            raise EmailTaken from error

    def ban(self, user_id: ObjectId, now: datetime, reason: str | None) -> None:
        """Ban an account, unless it is banned already."""
        free = {"_id": user_id, "banned_at": {"$exists": False}}
        self.collection.update_one(free, {"$set": {"banned_at": now, "ban_reason": reason}})

    def unban(self, user_id: ObjectId) -> bool:
        """Lift the ban of an account; returns False if it was not banned."""
        banned = {"_id": user_id, "banned_at": {"$exists": True}}
        changes = {"$unset": {"banned_at": "", "ban_reason": ""}}
        return self.collection.update_one(banned, changes).matched_count == 1

    def update(self, user_id: ObjectId, changes: dict[str, str], session: ClientSession | None) -> User | None:
        """Change the name or the language, and return the changed account, or None if there is none."""
        return self.collection.find_one_and_update(
            {"_id": user_id},
            {"$set": changes},
            PUBLIC_FIELDS,
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def names(self, user_ids: Several[ObjectId]) -> dict[ObjectId, str]:
        """Return the names of the accounts that exist among these ids."""
        found = self.collection.find({"_id": {"$in": list(user_ids)}}, {"name": 1})
        return {user["_id"]: user["name"] for user in found}

    def copy_name(self, user_id: ObjectId, session: ClientSession | None) -> str | None:
        """Return the name and write to the account, so that a transaction that renames it meanwhile collides."""
        user = self.collection.find_one_and_update(
            {"_id": user_id}, {"$inc": {"name_copies": 1}}, {"name": 1}, session=session
        )
        return user and user["name"]


class PasswordResetStore:
    """Reads and writes the tokens that set new passwords."""

    INDEXES = [
        IndexModel([("user_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]

    def __init__(self, collection: Collection[Any]):
        self.collection = collection

    def insert(self, key: str, user_id: ObjectId, credentials: str, expires_at: datetime) -> None:
        """Store a token until it expires."""
        row: PasswordReset = {"_id": key, "user_id": user_id, "credentials": credentials, "expires_at": expires_at}
        self.collection.insert_one(row)

    def spend(self, key: str, now: datetime, session: ClientSession | None) -> PasswordReset | None:
        """Return a token that has not expired, and delete all tokens of its user; None if there is no such token."""
        spent: PasswordReset | None = self.collection.find_one_and_delete(
            {"_id": key, "expires_at": {"$gt": now}}, session=session
        )
        if spent is not None:
            self.delete_all(spent["user_id"], session)
        return spent

    def delete_all(self, user_id: ObjectId, session: ClientSession | None) -> None:
        """Delete the tokens of a user."""
        self.collection.delete_many({"user_id": user_id}, session=session)
