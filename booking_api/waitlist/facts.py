"""The facts that waiting lists publish."""

from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact


class OfEntry(TypedDict):
    """The entry that a fact is about."""

    entry_id: ObjectId


WAITLIST_JOINED = Fact[OfEntry]("waitlist.joined")
WAITLIST_OFFERED = Fact[OfEntry]("waitlist.offered")
WAITLIST_MISSED = Fact[OfEntry]("waitlist.missed")  # an offer expired
# Somebody who waited no longer does, because nothing more can be had: once for each. It is not published of an offer,
# whose booking was cancelled with the event or by its staff: that is told by what cancels it.
WAITLIST_CLOSED = Fact[OfEntry]("waitlist.closed")
