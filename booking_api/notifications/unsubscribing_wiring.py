"""Builds what unsubscribing needs, with its page."""

from ..core import Core
from . import pages
from .store import UnsubscriptionStore
from .unsubscribing import Unsubscribing


def build(core: Core) -> Unsubscribing:
    """Build it and register its page."""
    store = UnsubscriptionStore(core.database["unsubscriptions"])
    unsubscribing = Unsubscribing(store, core.settings.jwt_secrets, core.settings.site, core.clock)
    core.keep(store)
    core.offer(unsubscribing)
    core.app.register_blueprint(pages.blueprint)
    return unsubscribing
