"""Builds the parts of this package."""

from ..accounts.wiring import Accounts
from ..bookings.examples import CODES
from ..bookings.wiring import Bookings
from ..core import Core
from . import routes
from .printer import Printer
from .service import TicketService


def build(core: Core, accounts: Accounts, bookings: Bookings) -> None:
    """Build the parts of this package and register its routes."""
    core.offer(TicketService(bookings.service, accounts.service, bookings.links), Printer())
    core.api.register_blueprint(routes.blueprint)
    core.api.example_ids["code"] = CODES[0]
