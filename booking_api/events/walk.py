"""Events in `docs/requests.http`: three are made, and the draft is deleted at the end."""

from ..accounts.walk import ORGANIZER
from ..openapi.request_file import Step, Walk
from . import access

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
        Step("staff_put", DRAFT),
        Step("staff_of_event", DRAFT),
    ),
    closing=(
        Step("staff_remove", (DRAFT, "accounts_register_customer")),
        Step("history_of_event", EVENT),  # by now it was changed
        Step("events_delete", DRAFT),
    ),
    tokens={each.name: ORGANIZER for each in (access.team, access.owner, access.manager, access.verified_manager)},
)
