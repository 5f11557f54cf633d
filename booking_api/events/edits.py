"""What organizers may write about an event, and what an edit stores besides. Pure."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, cast

from bson import ObjectId

from . import card_amounts, derived, payment, rules, ticket_types, waiting
from .model import Event
from .rules import GUEST_FIELDS, PUBLISHED


def require_acceptable(
    changes: Mapping[str, Any], event: Mapping[str, Any], now: datetime, payments: Collection[str]
) -> None:
    """Raise an error unless an event may be changed like this, or made: then `event` is empty.

    The errors are `ValidationFailed`, and of an existing event also `EventHasBookings` and `ListInUse`. `payments` are
    the modes of payment that this service offers.
    """
    rules.require_dates(changes, event, now)
    payment.require_payment(changes, event, payments)
    card_amounts.require_chargeable(changes, event)
    if event:
        rules.require_same_currency(changes, event)
        rules.require_used_lists(changes, event)


def new_event(
    fields: dict[str, Any],
    organizer_id: ObjectId,
    event_id: ObjectId,
    new_type_id: Callable[[], ObjectId],
    now: datetime,
) -> Event:
    """Return the document of a new event; raises `ValidationFailed` if its tickets do not suit each other."""
    document = fields | {
        "_id": event_id,
        "organizer_id": organizer_id,
        "ever_booked": False,
        "announced": rules.guest_view(fields),
        "version": 1,
        "revision": 1,
        "sequence": 1,
        "created_at": now,
        "updated_at": now,
    }
    stock = ticket_types.first_stock(fields, new_type_id)
    return cast(Event, document | stock | derived.of_event(fields | stock))


def publication(event: Event, now: datetime) -> dict[str, Any]:
    """Return all fields that are written when a draft is published."""
    changes = {"status": PUBLISHED, "announced": rules.guest_view(event), "updated_at": now}
    return changes | derived.of_edit(event, {})


def to_store(changes: dict[str, Any], event: Event, now: datetime, *, notify: bool) -> dict[str, Any]:
    """Return all fields that an edit writes; raises `TicketsAlreadySold` and `ValidationFailed`."""
    stock = ticket_types.stock_edit(changes, event, ObjectId)
    edit = changes | stock
    edit |= derived.of_edit(event, edit)
    told = rules.announced(event)
    # What an older version did not store of it is stored before it can change.
    edit |= {f"announced.{name}": value for name, value in told.items() if name not in event["announced"]}
    if not notify:
        # If guests have not been told about an earlier change of a field, their notice will show this new value.
        known = [name for name in GUEST_FIELDS if told.get(name) == event.get(name)]
        edit |= {f"announced.{name}": changes[name] for name in known if name in changes}
    elif any(name in changes and changes[name] != event.get(name) for name in GUEST_FIELDS):
        edit |= rules.to_be_told(event)
    edit |= rules.cancel_grace(changes, event, now) | {"updated_at": now}
    return edit | waiting.of_edit(event, edit, now)
