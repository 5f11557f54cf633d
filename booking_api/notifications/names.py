"""What mails name: events, venues, ticket types, promo codes; mail programs make no links of their names. Pure."""

from ..bookings.model import Booking, Item
from ..bookings.transfers import own_tickets
from ..events.names import of_event
from ..plain_names import unlinked

__all__ = ["of_booking", "of_event", "unlinked"]


def of_booking(booking: Booking) -> Booking:
    """Return the booking as mails to its customer show it, with their own tickets alone."""
    event = booking["event"]
    items: list[Item] = [{**item, "name": item["name"] and unlinked(item["name"])} for item in booking["items"]]
    shown: Booking = {**booking, "event": event and of_event(event), "items": items, "tickets": own_tickets(booking)}
    if "promo" in shown:
        shown["promo"] = {**shown["promo"], "code": unlinked(shown["promo"]["code"])}
    return shown
