"""Events in `docs/requests.http`: three are made, and the draft is deleted at the end."""

from ..openapi.request_file import Step, Walk

# The names of the requests that create these events
EVENT = "events_create_plain"
EVENT_WITH_TYPES = "events_create_ticket_types"
DRAFT = "events_create_draft"

WALK = Walk(
    opening=(
        Step("events_create"),
        Step("events_browse"),
        Step("events_own"),
        Step("events_read", EVENT),
        Step("events_calendar_entry", EVENT),
        Step("events_feed"),
        Step("events_publish", DRAFT),
    ),
    closing=(
        Step("history_of_event", EVENT),  # by now it was changed
        Step("events_delete", DRAFT),
    ),
)
