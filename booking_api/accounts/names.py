"""The names of accounts, for packages that keep copies of them.

A copy is made in a transaction that writes to the account too, and so does a renaming, so that of two at the same time
the second reads what the first has written. A copy that was made before a renaming is there when the jobs of
`ACCOUNT_RENAMED` begin, and one that is made after it has the new name.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from bson import ObjectId

from ..jobs.outbox import Outbox
from ..jobs.schedule import Schedule
from ..storage.client import UnitOfWork
from .facts import ACCOUNT_RENAMED, OfAccount
from .store import UserStore


class AccountNames:
    """Reads the names of accounts, and publishes that one has changed."""

    def __init__(self, users: UserStore, outbox: Outbox, clock: Callable[[], datetime]):
        self._users = users
        self._schedule = Schedule(outbox)
        self._clock = clock

    def of(self, user_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
        """Return the current names of the accounts that exist, by their ids."""
        return self._users.names(set(user_ids))

    def copy(self, unit: UnitOfWork, user_id: ObjectId) -> str | None:
        """Return an account's name, to be stored in the transaction of `unit`; None if there is no such account."""
        return self._users.copy_name(user_id, unit.session)

    def renamed(self, unit: UnitOfWork, user_id: ObjectId) -> None:
        """Publish that an account has a new name, in the transaction of `unit` that writes it."""
        self._schedule.put(unit, ACCOUNT_RENAMED, str(user_id), OfAccount(user_id=user_id), self._clock())
