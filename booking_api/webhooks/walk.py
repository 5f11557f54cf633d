"""Webhooks in `docs/requests.http`: one is made, tested, and deleted at the end."""

from ..openapi.request_file import Step, Walk

WEBHOOK, DELIVERY = "webhooks_create", "webhooks_send_test"

WALK = Walk(
    opening=(
        Step("webhooks_create"),
        Step("webhooks_update", WEBHOOK),
        Step("webhooks_own"),
        Step("webhooks_read", WEBHOOK),
        Step("webhooks_replace_secret", WEBHOOK),
        Step("webhooks_send_test", WEBHOOK),
        Step("webhooks_list_deliveries", WEBHOOK),
        Step("webhooks_replay", (WEBHOOK, DELIVERY)),
    ),
    closing=(Step("webhooks_delete", WEBHOOK),),
)
