"""The indexes of the `bookings` collection."""

from pymongo import ASCENDING, IndexModel

BY_NAMING = [("event_id", ASCENDING), ("named_at", ASCENDING), ("_id", ASCENDING)]


def _index(*names: str) -> IndexModel:
    return IndexModel([(name, ASCENDING) for name in names])


INDEXES = [
    _index("customer_id", "created_at", "_id"),
    _index("event_id", "created_at", "_id"),
    _index("event_id", "status", "customer_id"),
    # Not unique: 128 random bits are, and proving it costs every booking a search.
    _index("tickets.code"),
    IndexModel(
        [("customer_id", ASCENDING), ("idempotency_key", ASCENDING)],
        partialFilterExpression={"idempotency_key": {"$exists": True}},
    ),
    IndexModel(
        [("event_id", ASCENDING), ("customer_id", ASCENDING), ("hold_ended_at", ASCENDING)],
        partialFilterExpression={"hold_ended_at": {"$exists": True}},
    ),
    _index("tickets._id"),
    IndexModel(
        BY_NAMING,
        partialFilterExpression={"named_at": {"$exists": True}},
    ),
    # Of the bookings alone that have given a ticket away, so that all others pay nothing for it.
    IndexModel(
        [("tickets.revoked_codes", ASCENDING)],
        partialFilterExpression={"tickets.revoked_codes": {"$exists": True}},
    ),
    # Of the bookings alone that have a promo code.
    IndexModel(
        [("promo._id", ASCENDING), ("customer_id", ASCENDING)],
        partialFilterExpression={"promo._id": {"$exists": True}},
    ),
]
