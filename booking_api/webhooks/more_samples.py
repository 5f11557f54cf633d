"""Examples of what the packages after bookings tell: of waiting lists and payments."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from bson import ObjectId

from ..accounts.examples import CARL, OLGA
from ..bookings import examples as bookings
from ..events.changes import BY_SYSTEM, Change, by
from ..jobs.facts import Fact
from ..payments import examples as payments
from ..payments.changes import PAYMENT_TYPES, of_payment
from ..payments.facts import PAYMENT_SUCCEEDED, OfPayment
from ..payments.model import Payment, Refund
from ..payments.refund_changes import REFUND_TYPES, of_refund
from ..payments.refund_examples import REFUND
from ..waitlist import examples as waitlist
from ..waitlist.changes import WAITLIST_TYPES, of_entry
from ..waitlist.facts import WAITLIST_OFFERED, OfEntry
from ..waitlist.model import Entry

ORGANIZER, CUSTOMER = ObjectId(str(OLGA["id"])), ObjectId(str(CARL["id"]))


def _of_entry(kind: str) -> Change:
    offered = kind == WAITLIST_OFFERED.name
    source = waitlist.OFFERED if offered else waitlist.WAITING
    ends = source["offer_expires_at"] and datetime.fromisoformat(source["offer_expires_at"])
    shown = source | {"_id": ObjectId(source["id"]), "offer_expires_at": ends}
    return of_entry(Fact[OfEntry](kind), cast(Entry, shown), BY_SYSTEM if offered else by(CUSTOMER))


def _of_payment(kind: str) -> Change:
    source = payments.RECORDED if kind == PAYMENT_SUCCEEDED.name else payments.ATTEMPT
    of = {"_id": ObjectId(source["id"]), "booking_id": ObjectId(bookings.BOOKING_OF_ITEMS["id"])}
    return of_payment(Fact[OfPayment](kind), cast(Payment, source | of), by(CUSTOMER))


def _of_refund(_kind: str) -> Change:
    ids = {name: ObjectId(REFUND[name]) for name in ("booking_id", "payment_id")}
    left = bookings.BOOKING_OF_ITEMS["amount"] - REFUND["amount"]
    return of_refund(cast(Refund, REFUND | ids | {"made_by": ORGANIZER}), left)


MORE: dict[str, Callable[[str], Change]] = {
    **dict.fromkeys(WAITLIST_TYPES, _of_entry),
    **dict.fromkeys(PAYMENT_TYPES, _of_payment),
    **dict.fromkeys(REFUND_TYPES, _of_refund),
}
