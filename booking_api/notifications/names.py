"""What mails name: events, venues and ticket types, so that mail programs make no links of their names. Pure."""

from typing import TypeVar

from ..bookings.model import Booking, Item
from ..events.model import Event, GuestView
from ..plain_names import unlinked

__all__ = ["of_booking", "of_event", "unlinked"]

Shown = TypeVar("Shown", Event, GuestView)


def of_event(event: Shown) -> Shown:
    """Return the event, or what guests are told of it, with its names as mails show them."""
    return {**event, "title": unlinked(event["title"]), "venue": event["venue"] and unlinked(event["venue"])}


def of_booking(booking: Booking) -> Booking:
    """Return the booking with the names of its event and its ticket types as mails show them."""
    event = booking["event"]
    items: list[Item] = [{**item, "name": item["name"] and unlinked(item["name"])} for item in booking["items"]]
    return {**booking, "event": event and of_event(event), "items": items}
