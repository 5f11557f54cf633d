"""The promo codes of the demo, made by the service like the rest of it, and only where they are missing."""

from contextlib import suppress
from typing import Any, cast

from ..errors import Problem
from ..http.services import Services
from ..promo.model import Terms
from ..promo.schemas import PromoCodeCreate
from ..promo.service import CodeService
from .demo_world import World

# Of which event, by whom, and what
CODES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Jazz night", "olga@demo.example", {"code": "JAZZ-20", "kind": "percent", "value": 20, "max_tickets": 50}),
    ("Chef's table", "kenji@demo.example", {"code": "REGULAR", "kind": "amount", "value": 5000, "max_per_customer": 2}),
    ("Chamber music", "olga@demo.example", {"code": "CHAMBER-20", "kind": "percent", "value": 20, "max_tickets": 10}),
    ("Chamber music", "olga@demo.example", {"code": "FRIENDS", "kind": "unlock"}),
)
WHAT = {"percent": "{value} % off", "amount": "{value} off", "unlock": "shows and sells hidden ticket types"}


def described() -> list[str]:
    """Return a line for each code: what it is, where, and what it does; amounts in minor units."""
    return [f"{fields['code']:<10} {title:<14} {WHAT[fields['kind']].format(**fields)}" for title, _, fields in CODES]


class Codes:
    """Makes the codes of the demo, once, however often it is run."""

    def __init__(self, codes: CodeService):
        self._codes = codes

    @classmethod
    def of(cls, services: Services) -> "Codes":
        """Return the codes of an application."""
        return cls(services[CodeService])

    def make(self) -> None:
        """Make those that do not exist yet; what people changed since stays."""
        for title, email, fields in CODES:
            terms = cast(Terms, PromoCodeCreate().load(fields))
            with suppress(Problem):  # somebody has made one alike
                self._codes.create(World.id_of(title), World.id_of(email), terms, World.id_of(f"code {fields['code']}"))
