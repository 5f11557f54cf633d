"""Counts the uses of codes again where a process of a version before codes, in a deploy, has not given them back."""

from collections import Counter

from bson import ObjectId

from ..bookings.code_uses import CodeUses
from ..storage.client import Transactions, UnitOfWork
from .audit import BATCH, NO_USES
from .store import CodeStore


class UsesRepair:
    """Sets the uses of codes to those of live bookings. It can be repeated, and can run while tickets are sold."""

    def __init__(self, codes: CodeStore, uses: CodeUses, transactions: Transactions):
        self._codes = codes
        self._uses = uses
        self._transactions = transactions

    def repair(self) -> int:
        """Count them again, and return how many codes had other uses."""
        last, repaired = None, 0
        while codes := self._codes.find_batch(last, BATCH, None):
            used = self._uses.of_codes([code["_id"] for code in codes], None)
            for code in codes:
                # Sales go on between the two reads, so only a transaction knows whether they really differ.
                if (code["used_tickets"], code["used_bookings"]) != used.get(code["_id"], NO_USES):
                    repaired += self._recount(code["_id"])
            last = codes[-1]["_id"]
        return repaired

    def _recount(self, code_id: ObjectId) -> bool:
        def attempt(unit: UnitOfWork) -> bool:
            code = self._codes.by_id([code_id], unit.session).get(code_id)
            if code is None:
                return False
            used = self._uses.of_codes([code_id], unit.session).get(code_id, NO_USES)
            tickets, bookings = used.tickets - code["used_tickets"], used.bookings - code["used_bookings"]
            self._codes.use(Counter({code_id: tickets}), Counter({code_id: bookings}), unit.session)
            return bool(tickets or bookings)

        return self._transactions.run(attempt)
