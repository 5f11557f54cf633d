"""Reports in `docs/requests.http`: of an event that was booked."""

from ..events.walk import EVENT
from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(
        Step("reports_attendees_csv", EVENT),
        Step("reports_attendees_xlsx", EVENT),
        Step("reports_stats", EVENT),
    )
)
