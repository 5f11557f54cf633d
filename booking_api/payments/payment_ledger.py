"""The payments of the bookings that requests name, and what they change. Pure: a part of the ledger of an event."""

from dataclasses import dataclass, field
from typing import Any, cast

from bson import ObjectId

from ..bookings.ledger import EventLedger
from ..events.changes import ChangedBy
from ..jobs.facts import Fact
from .changes import of_payment
from .facts import OfPayment
from .model import Payment

# In metrics; `kept` once for each hour for which a hold is kept because its payment is on its way.
OPENED, SUCCEEDED, LATE, DECLINED, CANCELLED, KEPT = "opened", "succeeded", "late", "declined", "cancelled", "kept"


@dataclass
class PaymentLedger:
    """Payments by their ids as they are now; those that are `new`, the `changed` fields of others, and `facts`.

    `outcomes` are what has become of payments, each with its mode, for metrics.
    """

    payments: dict[ObjectId, Payment] = field(default_factory=dict)
    new: list[Payment] = field(default_factory=list)
    changed: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)
    facts: list[tuple[Fact[OfPayment], ObjectId]] = field(default_factory=list)
    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def add(self, payment: Payment) -> Payment:
        """Add a payment and return it."""
        self.payments[payment["_id"]] = payment
        self.new.append(payment)
        return payment

    def change(self, payment: Payment, changes: dict[str, Any]) -> Payment:
        """Change a payment and return it."""
        changed = cast(Payment, payment | changes)
        self.payments[payment["_id"]] = changed
        if payment in self.new:
            self.new[self.new.index(payment)] = changed
        else:
            self.changed.setdefault(payment["_id"], {}).update(changes)
        return changed


def publish(
    ledger: EventLedger,
    fact: Fact[OfPayment],
    payment: Payment,
    actor: ChangedBy,
    outcome: str,
    *,
    told_as: Fact[OfPayment] | None = None,
) -> None:
    """Publish what has become of a payment to its subscribers; to the feed of its event too, where it may be another.

    `outcome` is what metrics call it.
    """
    payments = ledger.part(PaymentLedger)
    payments.facts.append((fact, payment["_id"]))
    payments.outcomes.append((payment["mode"], outcome))
    ledger.stock.changes.append(of_payment(told_as or fact, payment, actor))
