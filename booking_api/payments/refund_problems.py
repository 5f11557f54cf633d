"""The problems that operations on refunds may raise."""

from ..bookings.problems import IN_A_BATCH, READ_OF_EVENT
from ..bookings.ticket_rules import AlreadyCheckedIn
from ..events.rules import EventCancelled, EventPast
from .refund_rules import RefundExceedsPayment, TooManyRefunds

REFUND = (
    *READ_OF_EVENT,
    RefundExceedsPayment,
    TooManyRefunds,
    EventCancelled,
    EventPast,
    AlreadyCheckedIn,
    *IN_A_BATCH,
)
LIST = READ_OF_EVENT
