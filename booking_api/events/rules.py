"""What may become of an event, and the errors of this resource."""

from datetime import datetime

from ..errors import Conflict, Forbidden, NotFound, ValidationFailed

DRAFT, PUBLISHED, CANCELLED = STATUSES = ("draft", "published", "cancelled")

# A change of one of these matters to somebody who has booked.
GUEST_FIELDS = ("title", "date", "end_date", "venue")


class EventNotFound(NotFound):
    """There is no such event, or it is somebody else's and was never published."""

    code = "event_not_found"
    title = "No such event"


class NotYourEvent(Forbidden):
    """Only the organizer who made an event may change it or see who booked."""

    code = "not_your_event"
    title = "Not your event"


class EventCancelled(Conflict):
    """The event was cancelled; nothing can be booked or changed any more."""

    code = "event_cancelled"
    title = "The event was cancelled"


class EventPast(Conflict):
    """The event has begun already."""

    code = "event_past"
    title = "The event is past"


class TicketsAlreadySold(Conflict):
    """The total cannot be less than what is sold or held. `tickets_taken` says how many that is."""

    code = "tickets_already_sold"
    title = "More tickets are sold than that"


class EventHasBookings(Conflict):
    """An event that was ever booked is kept for its guests' sake. Cancel it instead."""

    code = "event_has_bookings"
    title = "The event has bookings"


def was_never_published(event: dict) -> bool:
    """Whether nobody but its organizer may know of the event: a draft, or one that was cancelled as a draft."""
    return event["status"] == DRAFT or event.get("cancelled_draft", False)


def require_owner(event: dict | None, organizer_id) -> dict:
    """The event, if it is the organizer's: raises `EventNotFound` or `NotYourEvent`."""
    if event is None or (was_never_published(event) and event["organizer_id"] != organizer_id):
        raise EventNotFound("There is no event with this id.")
    if event["organizer_id"] != organizer_id:
        raise NotYourEvent("This event belongs to another organizer.")
    return event


def require_visible(event: dict | None, viewer_id) -> dict:
    """The event, unless it is somebody else's and was never published: raises `EventNotFound`."""
    if event is None or (was_never_published(event) and event["organizer_id"] != viewer_id):
        raise EventNotFound("There is no event with this id.")
    return event


def require_live(event: dict) -> None:
    """Raises `EventCancelled` for a cancelled event."""
    if event["status"] == CANCELLED:
        raise EventCancelled("This event was cancelled.")


def require_future(event: dict, now: datetime) -> None:
    """Raises `EventPast` for an event that has begun."""
    if event["date"] <= now:
        raise EventPast("This event has begun already.")


def require_dates(changes: dict, event: dict, now: datetime) -> None:
    """The event with these changes begins in the future, if they move it, and ends after it begins."""
    if "date" in changes and changes["date"] <= now:
        raise ValidationFailed({"date": ["Must be in the future."]})
    merged = event | changes
    if merged.get("end_date") is not None and merged["end_date"] <= merged["date"]:
        raise ValidationFailed({"end_date": ["Must be after date."]})


def require_room(total: int, event: dict) -> None:
    """Raises `TicketsAlreadySold` if fewer tickets than are taken would remain."""
    taken = event["total_tickets"] - event["available_tickets"]
    if total < taken:
        raise TicketsAlreadySold(f"{taken} tickets are sold or held already.", tickets_taken=taken)


def guest_view(event: dict) -> dict:
    """What a guest was told of the event."""
    return {field: event[field] for field in GUEST_FIELDS}
