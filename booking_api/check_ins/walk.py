"""The door in `docs/requests.http`: two tickets are scanned, and that is undone before they are cancelled."""

from ..accounts.walk import ORGANIZER
from ..bookings.walk import BOOKING
from ..events import access
from ..events.walk import EVENT
from ..openapi.request_file import Step, Walk

TICKET = "$.tickets[0].id"

WALK = Walk(
    opening=(
        Step("check_ins_check_in", EVENT),
        Step("check_ins_bulk", EVENT),
        Step("check_ins_log", EVENT),
        Step("check_ins_snapshot", EVENT),
        Step("check_ins_undo", (EVENT, f"{BOOKING}.tickets[0]")),
    ),
    tokens={access.scanner.name: ORGANIZER},
)
