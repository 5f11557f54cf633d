"""Notifications in `docs/requests.http`: guests hear of a change, and from the organizer."""

from ..events.walk import EVENT
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("events_update", EVENT),  # by now there are guests to tell
        Step("notifications_write_to_guests", EVENT),
    ),
)
