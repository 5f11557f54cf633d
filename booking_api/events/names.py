"""Names of events as mails show them, and whatever has to agree with mails. Pure."""

from typing import TypeVar

from ..plain_names import unlinked
from .model import Event, GuestView

Shown = TypeVar("Shown", Event, GuestView)


def of_event(event: Shown) -> Shown:
    """Return the event, or what guests are told of it, with its names as mails show them."""
    return {**event, "title": unlinked(event["title"]), "venue": event["venue"] and unlinked(event["venue"])}
