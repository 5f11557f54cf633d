"""Whether the tickets of an order can be had. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from ..events.hidden import is_hidden
from ..events.model import Event
from ..events.stock import Line, Stock
from ..events.waiting import is_reserved, type_of, waitlist_of
from .rules import SoldOut


def require_available(lines: Sequence[Line], event: Event, stock: Stock, now: datetime) -> None:
    """Raise `SoldOut` unless the tickets of every line are available, and for others than those who wait for some.

    Nobody can wait for a type that is hidden.
    """
    served_alone = is_reserved(stock.sets if "reserved_from" in stock.sets else event, now)
    for line in lines:
        reserved = served_alone and not _is_hidden(line, event)
        available = 0 if reserved else stock.available_of(line.ticket_type_id)
        if available < line.quantity:
            raise _sold_out(line, available, event, reserved=reserved)


def _is_hidden(line: Line, event: Event) -> bool:
    ticket_type = type_of(event, line.ticket_type_id)
    return ticket_type is not None and is_hidden(ticket_type)


def _sold_out(line: Line, available: int, event: Event, *, reserved: bool) -> SoldOut:
    names: dict[ObjectId | None, str] = {each["_id"]: f" for {each['name']}" for each in event["ticket_types"]}
    what = names.get(line.ticket_type_id, "")
    members: dict[str, Any] = {"ticket_type_id": str(line.ticket_type_id)} if line.ticket_type_id else {}
    if reserved or (waitlist_of(event)["waiting"] and not _is_hidden(line, event)):
        members["waitlist"] = True
    if reserved:
        return SoldOut("What is left is for those on the waiting list.", available_tickets=0, **members)
    remain = f"{available} {'is' if available == 1 else 'are'} left"
    short = f"You asked for {line.quantity} tickets{what}, and only {remain}."
    detail = short if available else f"All tickets{what} are sold or held."
    return SoldOut(detail, available_tickets=available, **members)
