"""Promo codes in `docs/requests.http`: some are made, and one is deleted at the end."""

from ..events.walk import EVENT_WITH_TYPES
from ..openapi.request_file import Step, Walk

CODE = "promo_create"

WALK = Walk(
    opening=(
        Step("promo_create", EVENT_WITH_TYPES),
        Step("promo_of_event", EVENT_WITH_TYPES),
        Step("promo_read", (EVENT_WITH_TYPES, CODE)),
        Step("promo_bulk", EVENT_WITH_TYPES),
        Step("promo_quote", EVENT_WITH_TYPES),
    ),
    closing=(
        Step("promo_update", (EVENT_WITH_TYPES, CODE)),
        Step("promo_delete", (EVENT_WITH_TYPES, CODE)),
    ),
)
