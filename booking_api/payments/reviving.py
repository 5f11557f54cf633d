"""How an expired booking that was paid gets its tickets again. Pure."""

from bson import ObjectId

from ..bookings import pricing, rules
from ..bookings.availability import require_available
from ..bookings.discounts import Discounts
from ..bookings.ledger import EventLedger
from ..bookings.model import Booking
from ..errors import Conflict
from ..events.model import Event
from ..events.stock import Line
from ..events.waiting import waitlist_of


def take_again(ledger: EventLedger, booking: Booking) -> None:
    """Take the tickets of an expired booking off sale again; raises a `Problem` as an order does."""
    event = rules.require_open(ledger.event, ledger.now)
    lines = _lines_of(booking, event)
    if booking["_id"] in ledger.changed and waitlist_of(event)["waiting"]:
        raise rules.HoldExpired  # just now: its tickets are for those who wait
    has = ledger.tickets_of.get(booking["customer_id"], 0)
    rules.require_within_customer_limit(lines, event, has)
    require_available(lines, event, ledger.stock, ledger.now)
    code = booking.get("promo")
    discount = ledger.part(Discounts).by_id.get(code["_id"]) if code else None
    if discount is not None:
        discount.spend(booking["customer_id"], pricing.discounted(booking["items"]))
    ledger.stock.take(lines)
    ledger.tickets_of[booking["customer_id"]] = has + booking["quantity"]


def _lines_of(booking: Booking, event: Event) -> list[Line]:
    types: set[ObjectId | None] = {each["_id"] for each in event["ticket_types"]} or {None}
    if any(item["ticket_type_id"] not in types for item in booking["items"]):
        raise Conflict("A ticket type of the booking is no more.")
    return [Line(item["ticket_type_id"], item["quantity"]) for item in booking["items"]]
