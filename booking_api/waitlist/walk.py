"""Waiting lists in `docs/requests.http`: of an event that has fewer tickets than somebody wants."""

from ..events.walk import DRAFT
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("waitlist_join", DRAFT),
        Step("waitlist_read", DRAFT),
        Step("waitlist_of_event", DRAFT),
        Step("waitlist_leave", DRAFT),
    )
)
