"""What an event keeps of its waiting list, and what follows from that for its sale. Pure.

`waitlist` of the event counts; `reserved_from` is the time from which the list alone is served, and missing or None
while everybody is. Unless the list alone is served, nobody waits who could have what is on sale: whatever frees tickets
offers them to the list in the same transaction. So an order has to look at nothing but `reserved_from`. Nobody waits
for a type that is hidden, so an order for one does not look at that either.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from .hidden import orderable
from .model import Event, EventWaitlist, TicketType
from .rules import CANCELLED, PUBLISHED, over_at

FIRST_FIT, STRICT = POLICIES = ("first_fit", "strict")
UNLIMITED = 1_000_000
SHORTEST_OFFER = timedelta(seconds=1)
MOST_GIVERS = 200  # that are kept until all tickets were offered that are due
NOBODY: EventWaitlist = {"last": 0, "waiting": 0, "turn": 0}
# An edit of one of these may let somebody have tickets who waits, or end the wait of some.
FOLLOWED = (
    *("date", "end_date", "sale_starts", "sale_ends", "ticket_types", "total_tickets"),
    *("max_per_booking", "max_per_customer", "waitlist_policy"),
)


def waitlist_of(event: Mapping[str, Any]) -> EventWaitlist:
    """Return the counts of an event's waiting list."""
    counts: EventWaitlist = event.get("waitlist") or NOBODY
    return counts


def is_strict(event: Mapping[str, Any]) -> bool:
    """Return whether nobody may overtake who waits."""
    return event.get("waitlist_policy") == STRICT


def is_reserved(event: Mapping[str, Any], now: datetime) -> bool:
    """Return whether only the waiting list is served now."""
    reserved_from: datetime | None = event.get("reserved_from")
    return reserved_from is not None and reserved_from <= now


def type_of(event: Event, type_id: ObjectId | None) -> TicketType | None:
    """Return a ticket type of an event, or None if there is none with this id."""
    return next((each for each in event["ticket_types"] if each["_id"] == type_id), None)


def type_ids(event: Event) -> list[ObjectId | None]:
    """Return the ids of the types that one can wait for, which are those that are shown.

    Without ticket types there is one, whose id is None.
    """
    return [each["_id"] for each in orderable(event, ())] if event["ticket_types"] else [None]


def opens_at(event: Event, type_id: ObjectId | None) -> datetime | None:
    """Return when the sale of a type begins; None if it always did."""
    ticket_type = type_of(event, type_id)
    starts = [event.get("sale_starts"), ticket_type and ticket_type["sale_starts"]]
    return max((each for each in starts if each is not None), default=None)


def closes_at(event: Event, type_id: ObjectId | None) -> datetime:
    """Return when the sale of a type ends, at the latest with the event."""
    ticket_type = type_of(event, type_id)
    ends = [event.get("sale_ends"), ticket_type and ticket_type["sale_ends"], over_at(event)]
    return min(each for each in ends if each is not None)


def most_at_once(event: Event, type_id: ObjectId | None) -> int:
    """Return how many tickets of a type somebody can have in one booking.

    With `strict` no more than there are in all: who waits for more would stop the sale for good.
    """
    ticket_type = type_of(event, type_id)
    limits = [event["max_per_booking"], ticket_type and ticket_type["max_per_booking"], event["max_per_customer"]]
    if is_strict(event):
        limits.append(ticket_type["total"] if ticket_type else event["total_tickets"])
    return min(each for each in limits if each is not None)


def may_offer(event: Event, type_id: ObjectId | None, now: datetime) -> bool:
    """Return whether a type is on sale, for as long as an offer lasts at least."""
    opens = opens_at(event, type_id)
    return (opens is None or opens <= now) and now + SHORTEST_OFFER <= closes_at(event, type_id)


def shown(event: Event, now: datetime) -> dict[str, Any]:
    """Return what everybody sees: how many wait, and whether one can, now or once it is sold out."""
    return {"open": _is_selling(event, now), "waiting": waitlist_of(event)["waiting"]}


def _is_selling(event: Event, now: datetime) -> bool:
    """Return whether the sale of any type has not ended, as `closes_at` has it; each event that is shown asks this.

    Types that are hidden do not count.
    """
    ends = event.get("sale_ends")
    if event["status"] != PUBLISHED or over_at(event) <= now or (ends is not None and ends <= now):
        return False
    types = event["ticket_types"]
    return not types or any(
        (each["sale_ends"] is None or now < each["sale_ends"]) and not each.get("hidden") for each in types
    )


def of_edit(event: Event, edit: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what an edit of an event stores besides: whoever waits is served before anybody else is."""
    changed = [name for name in FOLLOWED if name in edit and edit[name] != event.get(name)]
    if not changed or not waitlist_of(event)["waiting"]:
        return {}
    due: dict[str, Any] = {"reserved_from": now, "waitlist.due": True}
    return due | ({"waitlist.unblock": True} if "max_per_customer" in changed else {})


def is_due(event: Event) -> bool:
    """Return whether the list has to be looked through by a job."""
    return waitlist_of(event).get("due", False) or (event["status"] == CANCELLED and "waitlist" in event)
