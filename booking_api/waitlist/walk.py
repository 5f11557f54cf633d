"""Waiting lists in `docs/requests.http`: of an event that is not sold out, so that joining is refused."""

from ..events.walk import EVENT_WITH_TYPES
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("waitlist_join", EVENT_WITH_TYPES),
        Step("waitlist_read", EVENT_WITH_TYPES),
        Step("waitlist_of_event", EVENT_WITH_TYPES),
        Step("waitlist_leave", EVENT_WITH_TYPES),
    )
)
