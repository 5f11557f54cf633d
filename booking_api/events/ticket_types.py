"""Applies an organizer's list of ticket types to an event. Pure; `new_id` makes ids for new types."""

from collections.abc import Callable
from typing import Any, cast

from bson import ObjectId

from ..errors import ValidationFailed
from .model import Event, StockFields, TicketType
from .rules import TicketsAlreadySold, require_room

LARGEST_TOTAL = 1_000_000
NEEDED = ("name", "price", "total")
DEFAULTS = {"sale_starts": None, "sale_ends": None, "max_per_booking": None}


def first_stock(fields: dict[str, Any], new_id: Callable[[], ObjectId]) -> StockFields:
    """Return the stock of a new event: that of its ticket types, or `total_tickets` of the one implicit type."""
    if not fields["ticket_types"] and "total_tickets" not in fields:
        raise ValidationFailed({"total_tickets": ["Missing data for required field."]})
    untouched: StockFields = {"ticket_types": [], "total_tickets": 0, "available_tickets": 0}
    return stock_edit(fields, untouched, new_id)


def stock_edit(changes: dict[str, Any], event: Event | StockFields, new_id: Callable[[], ObjectId]) -> StockFields:
    """Return the event's `ticket_types`, `total_tickets` and `available_tickets` after an edit of some of them.

    An entry with an `id` changes that type and keeps the fields that it leaves out; an entry without an `id` adds a
    type; a type that is missing from the list is removed. Raises `TicketsAlreadySold` if fewer tickets would remain
    than are sold or held, and `ValidationFailed` if the changes do not suit the event or each other.
    """
    types = _edit_types(changes["ticket_types"], event, new_id) if "ticket_types" in changes else event["ticket_types"]
    total = changes.get("total_tickets", event["total_tickets"])
    if types:
        in_all = sum(ticket_type["total"] for ticket_type in types)
        if "total_tickets" in changes and total != in_all:
            raise ValidationFailed({"total_tickets": ["Is the sum of the ticket types' totals; leave it out."]})
        if not 1 <= in_all <= LARGEST_TOTAL:
            raise ValidationFailed({"ticket_types": [f"Must hold from 1 to {LARGEST_TOTAL:,} tickets in all."]})
        available = sum(ticket_type["available"] for ticket_type in types)
        return {"ticket_types": types, "total_tickets": in_all, "available_tickets": available}
    require_room(total, event)
    available = event["available_tickets"] + total - event["total_tickets"]
    return {"ticket_types": [], "total_tickets": total, "available_tickets": available}


def _edit_types(
    wanted: list[dict[str, Any]], event: Event | StockFields, new_id: Callable[[], ObjectId]
) -> list[TicketType]:
    present = {ticket_type["_id"]: ticket_type for ticket_type in event["ticket_types"]}
    if wanted and not present:
        require_room(0, event)  # tickets sold without a type belong to no new type
    kept = [entry["id"] for entry in wanted if "id" in entry]
    if len(kept) != len(set(kept)):
        raise ValidationFailed({"ticket_types": ["A ticket type is in the list twice."]})
    for type_id in present.keys() - kept:
        _require_room(present[type_id], 0)
    types = [_merge(index, entry, present, new_id) for index, entry in enumerate(wanted)]
    _require_distinct_names(types)
    return types


def _merge(
    index: int, entry: dict[str, Any], present: dict[ObjectId, TicketType], new_id: Callable[[], ObjectId]
) -> TicketType:
    changes = {name: value for name, value in entry.items() if name != "id"}
    if "id" in entry:
        ticket_type = present.get(entry["id"])
        if ticket_type is None:
            raise ValidationFailed({f"ticket_types.{index}.id": ["This event has no such ticket type."]})
        total = changes.get("total", ticket_type["total"])
        _require_room(ticket_type, total)
        merged: dict[str, Any] = {
            **ticket_type,
            **changes,
            "available": ticket_type["available"] + total - ticket_type["total"],
        }
    else:
        missing = [name for name in NEEDED if name not in entry]
        if missing:
            field = f"ticket_types.{index}.{missing[0]}"
            raise ValidationFailed({field: ["Missing data for required field."]})
        merged = {"_id": new_id()} | DEFAULTS | changes | {"available": changes["total"]}
    starts, ends = merged["sale_starts"], merged["sale_ends"]
    if starts and ends and ends <= starts:
        raise ValidationFailed({f"ticket_types.{index}.sale_ends": ["Must be after sale_starts."]})
    if not merged.get("hidden"):
        merged.pop("hidden", None)  # as types have it that were never hidden
    return cast(TicketType, merged)


def _require_room(ticket_type: TicketType, total: int) -> None:
    taken = ticket_type["total"] - ticket_type["available"]
    if total < taken:
        raise TicketsAlreadySold(
            f"{taken} tickets for {ticket_type['name']} are sold or held already, so its total cannot be less.",
            tickets_taken=taken,
        )


def _require_distinct_names(types: list[TicketType]) -> None:
    names = [ticket_type["name"].casefold() for ticket_type in types]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ValidationFailed({f"ticket_types.{index}.name": ["Another type of this event has this name."]})
