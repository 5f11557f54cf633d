"""Migrations of documents of older versions, where a default on reading is not enough.

A migration can be repeated, and can run while this version and the previous one serve.
"""

from ..jobs.outbox import Outbox


def forget_addresses(outbox: Outbox) -> int:
    """Delete finished jobs of older versions that contain an email address; return how many were deleted."""
    ended = {"payload.email_key": {"$exists": True}, "state": {"$ne": "pending"}}
    return outbox.collection.delete_many(ended).deleted_count
