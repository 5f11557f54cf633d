"""What brings the documents of older versions up to date where a default at read will not do.

A migration can be run again, and while this version and the one before it serve.
"""

from ..jobs.outbox import Outbox


def forget_addresses(outbox: Outbox) -> int:
    """Delete ended jobs for a new password that name an address, as versions before this one had it; how many."""
    ended = {"payload.email_key": {"$exists": True}, "state": {"$ne": "pending"}}
    return outbox.collection.delete_many(ended).deleted_count
