"""The rules for events, and the errors of this resource."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from ..errors import Conflict, Forbidden, NotFound, ValidationFailed
from .model import Event, GuestView, StockFields

DRAFT, PUBLISHED, CANCELLED = STATUSES = ("draft", "published", "cancelled")

# Guests are told when one of these changes.
GUEST_FIELDS = ("title", "date", "end_date", "venue", "timezone")
# When one of these changes, customers may cancel for a while, even if the event begins in that time.
MOVING_FIELDS = ("date", "end_date", "venue")
CANCEL_GRACE = timedelta(hours=24)
DEFAULT_LISTS = ("main",)  # of tickets that are scanned


class EventNotFound(NotFound):
    """There is no event with this id, or it is somebody else's and was never published, or it was deleted.

    Take the id from `GET /api/v1/events`; drafts are listed for who works for them at `GET /api/v1/users/me/events`.
    """

    code = "event_not_found"
    title = "No such event"


class NotYourEvent(Forbidden):
    """This event belongs to another organizer: it is for them and for those who work for it in a role that may do this.

    Ask its organizer for a role. The events that are yours or that you work for are at `GET /api/v1/users/me/events`.
    """

    code = "not_your_event"
    title = "Not your event"


class EventCancelled(Conflict):
    """The event was cancelled, which is final: nothing can be booked, confirmed or changed any more.

    Offer the customer another event. An organizer who wants it to take place after all makes a new one.
    """

    code = "event_cancelled"
    title = "The event was cancelled"


class EventPast(Conflict):
    """The event is over, so it can no longer be booked, published or cancelled, nor its holds confirmed.

    An event is over when its `end_date` has passed, or its `date` if it has no end. Look for a later one:
    `GET /api/v1/events` leaves out those that are over.
    """

    code = "event_past"
    title = "The event is over"


class TooManyEvents(Conflict):
    """You have as many events ahead of you as this service keeps for one organizer. Nothing was made.

    Drafts count, and events that are not over, cancelled ones too: delete what was never booked, or wait until some
    have taken place.
    """

    code = "too_many_events"
    title = "Too many events"


class TicketsAlreadySold(Conflict):
    """The total cannot be less than what is sold or held; `tickets_taken` says how many that is. Nothing was changed.

    Ask for at least that many, or wait until holds run out and bookings are cancelled.
    """

    code = "tickets_already_sold"
    title = "More tickets are sold than that"
    example = {"detail": "2 tickets are sold or held already, so the total cannot be less.", "tickets_taken": 2}


class EventHasBookings(Conflict):
    """An event that was ever booked is kept for its guests' sake, with its currency, even if they have all cancelled.

    To end it, cancel it: `POST /api/v1/events/{event_id}/cancel` cancels its bookings and tells its guests. To sell in
    another currency, make another event.
    """

    code = "event_has_bookings"
    title = "The event has bookings"


class ListInUse(Conflict):
    """Tickets were scanned for a list that the change leaves out, so it cannot be removed. Nothing was changed.

    Name all lists that were used; others can be added, or replaced.
    """

    code = "list_in_use"
    title = "Tickets were scanned for this list"
    example = {"detail": "Tickets were scanned for the list 'Friday', so it cannot be removed."}


def was_never_published(event: Event) -> bool:
    """Return True if only who works for it may see the event: it is a draft, or was cancelled as a draft."""
    return event["status"] == DRAFT or event.get("cancelled_draft", False)


def require_live(event: Event) -> None:
    """Raise `EventCancelled` if the event is cancelled."""
    if event["status"] == CANCELLED:
        raise EventCancelled


def over_at(event: Mapping[str, Any]) -> datetime:
    """Return when the event is over: at its end, or at its beginning if it has no end."""
    end: datetime | None = event["end_date"]
    beginning: datetime = event["date"]
    return beginning if end is None else end


def is_over(event: Mapping[str, Any], now: datetime) -> bool:
    """Return True if the event is over; until then it is to come, or running."""
    return over_at(event) <= now


def require_not_over(event: Event, now: datetime) -> None:
    """Raise `EventPast` if the event is over."""
    if is_over(event, now):
        raise EventPast


def require_dates(changes: Mapping[str, Any], event: Mapping[str, Any], now: datetime) -> None:
    """Raise `ValidationFailed` if the changes move the event or its end into the past, or contradict each other.

    A date that is the same as before may be in the past. A running event keeps an end, or it would be over at once.
    """
    for name in ("date", "end_date"):
        if changes.get(name) is not None and changes[name] != event.get(name) and changes[name] <= now:
            raise ValidationFailed({name: ["Must be in the future."]})
    merged = {"end_date": None, "sale_starts": None, "sale_ends": None, **event, **changes}
    if merged["end_date"] is None:
        if event.get("end_date") is not None and merged["date"] <= now < event["end_date"]:
            raise ValidationFailed({"end_date": ["Cannot be removed while the event is running."]})
    elif merged["end_date"] <= merged["date"]:
        raise ValidationFailed({"end_date": ["Must be after date."]})
    if merged["sale_starts"] and merged["sale_ends"] and merged["sale_ends"] <= merged["sale_starts"]:
        raise ValidationFailed({"sale_ends": ["Must be after sale_starts."]})


def check_in_lists(event: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of an event's check-in lists; the first is meant where none is named."""
    return event.get("check_in_lists") or DEFAULT_LISTS


def require_used_lists(changes: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Raise `ListInUse` if the changes would remove a check-in list for which tickets were scanned."""
    kept = changes.get("check_in_lists", check_in_lists(event))
    for name in event.get("used_lists", []):
        if name not in kept:
            raise ListInUse(f"Tickets were scanned for the list {name!r}, so it cannot be removed.")


def require_same_currency(changes: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Raise `EventHasBookings` if the changes would replace the currency in which tickets have been booked."""
    if event["ever_booked"] and changes.get("currency", event["currency"]) != event["currency"]:
        raise EventHasBookings(f"Tickets were booked in {event['currency']}, so the currency cannot change.")


def cancellable_until(event: Event) -> datetime:
    """Return until when customers may cancel their confirmed bookings of the event."""
    until = min(event.get("cancel_until") or event["date"], over_at(event))
    return max(until, event.get("cancel_grace_until") or until)


def cancel_grace(changes: Mapping[str, Any], event: Event, now: datetime) -> dict[str, Any]:
    """Return the new `cancel_grace_until` as a dict of changes; it is empty if the edit does not move the event.

    Customers may cancel for 24 hours after a change of date, end or venue, but only until the event is over. The later
    of the ends before and after the edit counts, so that an organizer cannot cut this time short by moving the event
    to the present. Further edits never shorten it either.
    """
    edited = cast(Event, {**event, **changes})
    if all(changes.get(name, value) == value for name, value in event.items() if name in MOVING_FIELDS):
        return {}
    over = max(over_at(dates) for dates in (event, edited))
    until = min(now + CANCEL_GRACE, over)
    return {"cancel_grace_until": max(until, event.get("cancel_grace_until") or until)}


def require_room(total: int, event: Event | StockFields) -> None:
    """Raise `TicketsAlreadySold` if `total` is less than the number of tickets sold or held."""
    taken = event["total_tickets"] - event["available_tickets"]
    if total < taken:
        raise TicketsAlreadySold(
            f"{taken} tickets are sold or held already, so the total cannot be less.", tickets_taken=taken
        )


def guest_view(event: Mapping[str, Any]) -> GuestView:
    """Return what a guest is told about the event."""
    return cast(GuestView, {field: event[field] for field in GUEST_FIELDS})


def announced(event: Event) -> GuestView:
    """Return what guests were last told. Older versions did not store the zone; the present one counts as told then."""
    return {"timezone": event["timezone"], **event["announced"]}


def to_be_told(event: Event) -> dict[str, Any]:
    """Return the changes that record an edit that guests are to be told about.

    They note the version that the edit makes, and what customers who booked just before the edit have seen.
    """
    version = event["version"] + 1
    if event["status"] != PUBLISHED:
        return {"changed_in_version": version}
    since = event["interim"]["since"] if event.get("interim") else version
    return {"changed_in_version": version, "interim": {"since": since, "view": guest_view(event)}}


def has_untold_changes(event: Event) -> bool:
    """Return True if a published event differs from what its guests were last told."""
    return event["status"] == PUBLISHED and announced(event) != guest_view(event)


def require_fewer_events(ahead: int, most: int) -> None:
    """Raise `TooManyEvents` if an organizer with `ahead` future events and drafts has reached the limit `most`."""
    if ahead >= most:
        raise TooManyEvents
