"""The feed in `docs/requests.http`."""

from ..events.walk import EVENT
from ..openapi.request_file import Step, Walk

WALK = Walk(opening=(Step("feed_changes", EVENT),))
