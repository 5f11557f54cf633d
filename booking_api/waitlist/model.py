"""The documents of the `waitlist` collection."""

from datetime import datetime
from typing import NotRequired, TypedDict

from bson import ObjectId

from ..events.model import DeletedEvent


class Offer(TypedDict):
    """What an offer was made of, by which the audit proves that nobody was overtaken.

    `available` tickets of the type were left before it, and a booking may have `most`. `passed` are the numbers of
    earlier entries that were passed over because their customers had given the tickets back.
    """

    quantity: int
    available: int
    most: int
    strict: bool
    passed: list[int]


class Entry(TypedDict):
    """Somebody who waits for tickets of an event, or did.

    `number` counts up within the event; it is the order in which entries are served. `open` is true while it waits or
    is offered tickets. `queued` is true while it waits and its customer may have as many tickets as it takes at least.
    `turn` is the event's when it ceased to wait, and `blocks` are the turns from and until which it was not queued; the
    latest has no end while that lasts. `booking_id` and `offer` are there if it was offered tickets. `first_position`
    is that at which it joined, unless it was offered tickets at once. `deleted_event` is there if the event was
    deleted.
    """

    _id: ObjectId
    event_id: ObjectId
    customer_id: ObjectId
    number: int
    ticket_type_id: ObjectId | None
    quantity: int
    min_quantity: int
    status: str
    open: bool
    queued: bool
    booking_id: ObjectId | None
    offer_expires_at: datetime | None
    created_at: datetime
    first_position: NotRequired[int]
    turn: NotRequired[int]
    ended_at: NotRequired[datetime]
    offer: NotRequired[Offer]
    blocks: NotRequired[list[list[int]]]
    deleted_event: NotRequired[DeletedEvent]
