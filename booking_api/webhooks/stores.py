"""The stores of this package."""

from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from .cursor_store import CursorStore
from .delivery_store import DeliveryStore
from .store import WebhookStore


@dataclass(frozen=True)
class Stores:
    """The stores of webhooks, of their cursors and of their deliveries."""

    webhooks: WebhookStore
    cursors: CursorStore
    deliveries: DeliveryStore

    @classmethod
    def of(cls, database: Database[Any]) -> "Stores":
        """Return the stores that are in a database."""
        return cls(
            WebhookStore(database["webhooks"]),
            CursorStore(database["webhook_cursors"]),
            DeliveryStore(database["webhook_deliveries"]),
        )
