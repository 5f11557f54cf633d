"""The documents of the `promo_codes` collection."""

from datetime import datetime
from typing import TypedDict

from bson import ObjectId


class Terms(TypedDict):
    """What a code is for. Amounts are in the minor unit of the event's currency; None means without a limit.

    `value` is a whole percentage, an amount, or a price, by the `kind`; an `unlock` code has None or 0. `max_tickets`
    and `max_bookings` are for everybody together, `max_per_customer` counts tickets. `ticket_type_ids` is None for all.
    """

    code: str
    kind: str
    value: int | None
    max_tickets: int | None
    max_bookings: int | None
    max_per_customer: int | None
    ticket_type_ids: list[ObjectId] | None
    valid_from: datetime | None
    valid_until: datetime | None
    enabled: bool


class PromoCode(Terms):
    """A code as it is stored.

    `key` is what spellings of the code have in common that are the same code; no two codes of an event have the same.
    The uses are those of live bookings: to so many tickets it was applied, in so many bookings. `version` counts edits.
    """

    _id: ObjectId
    event_id: ObjectId
    key: str
    used_tickets: int
    used_bookings: int
    version: int
    created_at: datetime
    updated_at: datetime
