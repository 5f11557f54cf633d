"""The documents of the `payments`, `refunds` and `provider_events` collections.

Payments and refunds are kept for ever beside their bookings. Amounts are in the minor unit of the currency.
"""

from datetime import datetime
from typing import NotRequired, TypedDict

from bson import ObjectId


class Payment(TypedDict):
    """An attempt to pay a booking, or money that was handed over.

    `status` is `opening` until the provider is known to have it, then `open`, `processing`, and in the end `succeeded`
    or `cancelled`. `open` is true until then: a booking has at most one that is. `provider_id` is the provider's name
    of it. `failure` is why the bank has declined the latest try, which `failed_try` names; another try may succeed.
    `refunded` is how much of it refunds have taken, including those that are not done. `late` is true if it came after
    its booking had ended. Money that was handed over has its `method`, a `reference` and `recorded_by`.
    """

    _id: ObjectId
    booking_id: ObjectId
    event_id: ObjectId
    customer_id: ObjectId
    mode: str
    status: str
    open: bool
    amount: int
    currency: str
    refunded: int
    created_at: datetime
    paid_at: datetime | None
    provider_id: NotRequired[str]
    expires_at: NotRequired[datetime]
    failure: NotRequired[str | None]
    failed_try: NotRequired[str | None]
    late: NotRequired[bool]
    method: NotRequired[str]
    reference: NotRequired[str | None]
    recorded_by: NotRequired[ObjectId]


class Refund(TypedDict):
    """Money of one payment that goes back.

    It is `pending` until it has, then `succeeded`; or `failed`, if the provider refuses it for good: then the money is
    still owed. What was handed back by hand is recorded once it was, and so has always succeeded. `late` is true if it
    returns a payment that came too late. `tries` counts how often the provider has refused it: each time it is asked
    under another name. `tickets` are those whose price it returns, if it was asked for so.
    """

    _id: ObjectId
    booking_id: ObjectId
    event_id: ObjectId
    customer_id: ObjectId
    payment_id: ObjectId
    mode: str
    status: str
    amount: int
    currency: str
    reason: str | None
    created_at: datetime
    done_at: datetime | None
    made_by: ObjectId | None  # None if it follows from something else, for example a cancel
    tickets: list[ObjectId] | None
    provider_id: NotRequired[str]
    failure: NotRequired[str | None]
    late: NotRequired[bool]
    tries: NotRequired[int]


class StoredEvent(TypedDict):
    """A message of the provider, which says of what to fetch the state; kept for 30 days, by which it is known."""

    _id: str  # the provider's
    type: str
    intent_id: str | None
    refund_id: str | None
    payment_id: str | None
    received_at: datetime
