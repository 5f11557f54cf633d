"""Builds API keys."""

from ..accounts.wiring import Accounts
from ..auth.access import KeyHolders as HoldersOfKeys
from ..core import Core
from ..events.wiring import Events
from . import examples, routes
from .holders import KeyHolders
from .known_keys import KnownKeys
from .service import ApiKeyService
from .store import ApiKeyStore


def build(core: Core, accounts: Accounts, events: Events) -> None:
    """Build the store, the services and the routes of API keys, and let them open what names a scope."""
    keys, known = ApiKeyStore(core.database["api_keys"]), KnownKeys()
    core.keep(keys)
    service = ApiKeyService(keys, known, events.reader, accounts.service, core.clock)
    core.offer(service)
    core.services.add(KeyHolders(keys, known, core.clock), HoldersOfKeys)
    accounts.administration.when_banned(service.delete_all)
    core.api.register_blueprint(routes.blueprint)
    core.api.example_ids["key_id"] = examples.API_KEY["id"]
