"""API keys in `docs/requests.http`: one is made, and deleted at the end."""

from ..openapi.request_file import Step, Walk

WALK = Walk(
    opening=(Step("api_keys_create"), Step("api_keys_own")),
    closing=(Step("api_keys_delete", "api_keys_create"),),
)
