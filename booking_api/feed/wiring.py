"""Builds the parts of this package."""

from ..core import Core
from ..events.wiring import Events
from . import routes
from .service import FeedService


def build(core: Core, events: Events) -> None:
    """Build the parts of this package and register its route."""
    core.offer(FeedService(events.changes, events.reader))
    core.api.register_blueprint(routes.blueprint)
