"""What can be asked of the ledger of an event, by customers, by who runs it, and by the service itself."""

from dataclasses import dataclass

from bson import ObjectId

from ..auth.permissions import Actor
from ..events.stock import Line
from .model import Attendance


@dataclass(frozen=True)
class Order:
    """Book `lines`, or hold them for `hold_seconds` if that is given.

    A hold that a customer asked for has `max_held`: how many tickets of the event the customer may have on hold at
    once. With an idempotency key, an earlier attempt may already have made this booking.
    """

    booking_id: ObjectId
    customer_id: ObjectId
    lines: tuple[Line, ...]
    hold_seconds: int | None = None
    idempotency_key: str | None = None
    max_held: int | None = None
    attendees: tuple[tuple[Attendance, ...], ...] = ()  # of each line, or of none


@dataclass(frozen=True)
class Cancellation:
    """Cancel a booking for its customer, or only some of its tickets."""

    booking_id: ObjectId
    customer_id: ObjectId
    ticket_ids: frozenset[ObjectId] | None = None


@dataclass(frozen=True)
class StaffCancellation:
    """Cancel a booking for who runs its event, with what its customer is told for a reason."""

    booking_id: ObjectId
    actor: Actor
    reason: str | None


@dataclass(frozen=True)
class TicketTransfer:
    """Give a ticket to somebody, once for each `transfer_id`."""

    booking_id: ObjectId
    customer_id: ObjectId
    ticket_id: ObjectId
    transfer_id: ObjectId
    name: str
    email: str


@dataclass(frozen=True)
class HoldConfirmation:
    """Confirm a held booking."""

    booking_id: ObjectId
    customer_id: ObjectId


@dataclass(frozen=True)
class Expiry:
    """Put the tickets of an overdue hold back on sale."""

    booking_id: ObjectId


Request = Order | Cancellation | StaffCancellation | TicketTransfer | HoldConfirmation | Expiry
