"""What else can be asked of the ledger of an event: by who runs it, and for single tickets."""

from dataclasses import dataclass

from bson import ObjectId

from ..auth.permissions import Actor
from ..events.changes import by
from . import rules, ticket_rules, transfers
from .changes import of_booking, of_transfer
from .facts import BOOKING_CANCELLED, BOOKING_CANCELLED_BY_STAFF, TICKET_TRANSFERRED
from .ledger import EventLedger, OfOneBooking
from .model import Booking, Transfer
from .rules import BY_STAFF, CANCELLED


@dataclass(frozen=True)
class StaffCancellation(OfOneBooking):
    """Cancel a booking for who runs its event, with what its customer is told for a reason."""

    action = "cancel"

    booking_id: ObjectId
    actor: Actor
    reason: str | None

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the cancelled booking."""
        booking = ledger.bookings.get(self.booking_id)
        if booking is None or booking["event_id"] != ledger.booked_event["_id"]:
            raise rules.BookingNotFound
        if booking["status"] == CANCELLED:
            return booking
        ticket_rules.require_staff_may_cancel(booking, ledger.booked_event, ledger.now)
        return cancel_for_staff(ledger, booking, self.actor, self.reason)


@dataclass(frozen=True)
class TicketTransfer(OfOneBooking):
    """Give a ticket to somebody, once for each `transfer_id`."""

    action = "transfer"

    booking_id: ObjectId
    customer_id: ObjectId
    ticket_id: ObjectId
    transfer_id: ObjectId
    name: str
    email: str

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the booking with the ticket as its new holder has it."""
        booking = ledger.own(self.booking_id, self.customer_id)
        number = ticket_rules.number_of(booking, self.ticket_id)
        before = booking["tickets"][number]
        if any(transfer["_id"] == self.transfer_id for transfer in before.get("transfers", [])):
            return booking  # an earlier attempt has made it, but its response was lost
        transfers.require_transferable(booking, before, ledger.booked_event, ledger.now)
        (key,) = ledger.draw_keys(1)
        to: Transfer = {"_id": self.transfer_id, "at": ledger.now, "name": self.name, "email": self.email}
        after = transfers.given(before, to, key.code)
        tickets = [*booking["tickets"][:number], after, *booking["tickets"][number + 1 :]]
        changed = ledger.change(booking, {"tickets": tickets})
        ledger.of_transfers += [(TICKET_TRANSFERRED, of) for of in transfers.of_holders(booking, [after])]
        if transfers.former_holder(before, after):
            ledger.tell_holders(booking, [before])
        ledger.stock.changes.append(of_transfer(changed, after, by(self.customer_id)))
        return changed


def cancel_for_staff(
    ledger: EventLedger, booking: Booking, actor: Actor, reason: str | None, *, refund: bool = True
) -> Booking:
    """Cancel a booking that who runs its event may cancel, and have its customer told."""
    told = {"cancelled_at": ledger.now, "cancelled_by": BY_STAFF, "cancel_reason": reason}
    # A hold that others have ended does not count against its customer.
    cancelled = ledger.give_up(booking, CANCELLED, told | ledger.end_hold(booking, None), refund=refund)
    ledger.facts.append((BOOKING_CANCELLED_BY_STAFF, booking["_id"], 0))
    ledger.stock.changes.append(of_booking(BOOKING_CANCELLED, cancelled, by(actor)))
    return cancelled
