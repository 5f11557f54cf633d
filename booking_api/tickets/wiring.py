"""Builds the parts of this package."""

from dataclasses import dataclass

from ..accounts.wiring import Accounts
from ..bookings.examples import CODES
from ..bookings.links import TicketLinks
from ..bookings.wiring import Bookings
from ..core import Core
from . import routes
from .printer import Printer
from .service import TicketService


@dataclass(frozen=True)
class Tickets:
    """The parts of this package that other packages use."""

    links: TicketLinks


def build(core: Core, accounts: Accounts, bookings: Bookings) -> Tickets:
    """Build the parts of this package and register its routes."""
    # A host that the caller names is never believed: without `PUBLIC_URL` links lead to this machine.
    links = TicketLinks(core.settings.public_url or core.settings.local_url)
    core.offer(links, TicketService(bookings.service, accounts.service, links), Printer())
    core.api.register_blueprint(routes.blueprint)
    core.api.example_ids["code"] = CODES[0]
    return Tickets(links)
