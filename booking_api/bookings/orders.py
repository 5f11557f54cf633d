"""What customers order: a request to the ledger of an event, as all others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from ..events.changes import by
from ..events.model import Event
from ..events.payment import NONE, mode_of
from ..events.stock import Line
from . import payment, pricing, rules, ticket_rules
from .availability import require_available
from .discounts import Discounts
from .facts import BOOKING_CONFIRMED
from .holds import NOT_YET, require_few_held, require_no_cooldown
from .ledger import EventLedger, OfOneBooking
from .model import Attendance, Booking
from .new_booking import new_booking


@dataclass(frozen=True)
class Unpaid:
    """For how long tickets are held that have to be paid, and how many a customer may have on hold then.

    A hold is the only way to pay for them, so it may be as large as a booking of the event.
    """

    seconds: int = 900
    most: int | None = None

    def most_of(self, event: Event) -> int | None:
        """Return how many tickets of an event a customer may have on hold; None without a limit."""
        return None if self.most is None else max(self.most, event["max_per_booking"])


@dataclass(frozen=True)
class Order(OfOneBooking):
    """Book `lines`, or hold them for `hold_seconds` if that is given.

    A hold that a customer asked for has `max_held`: how many tickets of the event the customer may have on hold at
    once. What has to be paid is held in any case, as `unpaid` says. With an idempotency key, an earlier attempt may
    already have made this booking.
    """

    action = "book"

    booking_id: ObjectId
    customer_id: ObjectId
    lines: tuple[Line, ...]
    hold_seconds: int | None = None
    idempotency_key: str | None = None
    max_held: int | None = None
    attendees: tuple[tuple[Attendance, ...], ...] = ()  # of each line, or of none
    code: str | None = None
    unpaid: Unpaid = Unpaid()

    def booking_ids(self) -> Iterable[ObjectId]:
        """Return the booking if it may exist; without an idempotency key it is certainly new."""
        return (self.booking_id,) if self.idempotency_key else ()

    def apply_to(self, ledger: EventLedger) -> Booking:
        """Return the new booking, or the one that an earlier attempt has made."""
        made = ledger.bookings.get(self.booking_id)
        if made is not None:  # checked first: an earlier attempt has made it, but its response was lost
            return made
        event = rules.require_open(ledger.event, ledger.now)
        discount = None if self.code is None else ledger.part(Discounts).named(self.code)
        lines = rules.require_lines(self.lines, event, frozenset() if discount is None else discount.unlocked(event))
        rules.require_on_sale(lines, event, ledger.now)
        reductions = () if discount is None else discount.reductions(lines, event, self.customer_id, ledger.now)
        rules.require_within_customer_limit(lines, event, ledger.tickets_of.get(self.customer_id, 0))
        items = pricing.price(lines, event, reductions)
        hold_seconds, max_held = self._hold(event, pricing.amount(items), ledger.now)
        holds = None if max_held is None else ledger.holds_of[self.customer_id]
        if holds is not None and max_held is not None:
            require_few_held(lines, max_held, holds)
        require_available(lines, event, ledger.stock, ledger.now)
        if holds is not None:
            must_pay = payment.is_wanted(event, pricing.amount(items))
            require_no_cooldown(lines, holds, ledger.stock, ledger.now, must_pay=must_pay)
        if discount is not None:
            discount.spend(self.customer_id, pricing.discounted(items))
        ledger.stock.take(lines)
        booking = new_booking(
            event,
            items,
            ledger.draw_keys(sum(line.quantity for line in lines)),
            ledger.now,
            booking_id=self.booking_id,
            customer_id=self.customer_id,
            hold_seconds=hold_seconds,
            idempotency_key=self.idempotency_key,
            code=None if discount is None else discount.used,
        )
        if self.attendees:
            ticket_rules.name_attendees(booking, self.attendees)
        if holds is not None:
            booking["hold_ended_at"] = NOT_YET
            holds.add(booking)
        ledger.tickets_of[self.customer_id] = ledger.tickets_of.get(self.customer_id, 0) + booking["quantity"]
        ledger.bookings[booking["_id"]] = booking
        ledger.new.append(booking)
        if hold_seconds is None:
            return ledger.publish(BOOKING_CONFIRMED, booking, by(self.customer_id))
        return ledger.publish_hold(booking, by(self.customer_id), hold_seconds)

    def most_held(self, event: Event) -> int | None:
        """Return how many tickets the customer may have on hold with it; None if it is no hold, or has no limit."""
        return self.unpaid.most_of(event) if mode_of(event) != NONE else self.max_held

    def _hold(self, event: Event, amount: int, now: datetime) -> tuple[int | None, int | None]:
        """Return for how long the tickets are held, if they are, and how many may be on hold then."""
        if payment.is_wanted(event, amount):
            return payment.hold_seconds(event, self.unpaid.seconds, now), self.unpaid.most_of(event)
        return self.hold_seconds, self.max_held
