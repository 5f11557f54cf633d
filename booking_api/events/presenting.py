"""Builds what presents events: their routes, with what calendars, search engines and the documentation show of them."""

from ..core import Core
from . import calendar_routes, examples
from .calendar import Publisher
from .structured_data import StructuredData


def build(core: Core) -> Publisher:
    """Build what presents events, register their routes, and return what makes calendars of them."""
    publisher = Publisher.of(core.settings.sender, core.settings.frontend_url)
    core.offer(publisher, StructuredData(publisher.page_of, core.clock))
    core.api.register_blueprint(calendar_routes.blueprint)
    core.api.example_ids["event_id"] = examples.EVENT["id"]
    return publisher
