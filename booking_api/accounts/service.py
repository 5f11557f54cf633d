"""What can be done with accounts."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bson import ObjectId

from .rules import InvalidCredentials, UserNotFound, email_key, hash_password, nobodys_hash, password_matches
from .store import UserStore


class AccountService:
    """Registers people, checks their passwords, and tells their names to other resources."""

    def __init__(self, users: UserStore, clock: Callable[[], datetime], bcrypt_rounds: int):
        self._users = users
        self._clock = clock
        self._rounds = bcrypt_rounds
        self._nobodys_hash = nobodys_hash(bcrypt_rounds)

    def register(self, name: str, email: str, password: str, role: str, *, user_id: ObjectId) -> dict:
        """Open an account under this id, or find that an earlier attempt did; raises `EmailTaken`."""
        user = {
            "_id": user_id,
            "name": name,
            "email": email,
            "email_key": email_key(email),
            "password_hash": hash_password(password, self._rounds),
            "role": role,
            "created_at": self._clock(),
        }
        return self._users.insert_once(user)

    def login(self, email: str, password: str) -> dict:
        """The account of a right pair; raises `InvalidCredentials`, which takes as long for an unknown email."""
        user = self._users.find_for_login(email_key(email))
        expected = user["password_hash"] if user else self._nobodys_hash
        if not password_matches(password, expected) or user is None:
            raise InvalidCredentials("Email or password is wrong.")
        return user

    def read(self, user_id: ObjectId) -> dict:
        """An account; raises `UserNotFound`."""
        return self._found(self._users.find(user_id))

    def rename(self, user_id: ObjectId, name: str) -> dict:
        """Change one's name; raises `UserNotFound`."""
        return self._found(self._users.rename(user_id, name))

    def people(self, user_ids: Iterable[ObjectId]) -> dict[ObjectId, dict]:
        """The accounts behind some ids, for showing a name or writing a mail."""
        return {user["_id"]: user for user in self._users.find_many(set(user_ids))}

    @staticmethod
    def _found(user: dict | None) -> dict:
        if user is None:
            raise UserNotFound("This account no longer exists.")
        return user
