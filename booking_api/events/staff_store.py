"""Who works for which event, which is stored in the event: another view of the `events` collection."""

from collections.abc import Sequence

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from ..storage.sort import Page, Position, Sort, find_page
from .model import Event, StaffMember
from .store import REVISED, UNREAD


class StaffStore:
    """Writes the staff of events, and finds the events that somebody works for; `EventStore` has the index."""

    def __init__(self, collection: Collection[Event]):
        self.collection = collection

    def set(self, event_id: ObjectId, staff: Sequence[StaffMember], session: ClientSession | None) -> None:
        """Replace the staff of an event that was read in the same transaction."""
        self.collection.update_one({"_id": event_id}, {"$set": {"staff": staff}, "$inc": REVISED}, session=session)

    def find_page_of(
        self, user_id: ObjectId, sort: Sort, limit: int, after: Position | None, only: ObjectId | None
    ) -> Page[Event]:
        """Return a page of the events that somebody has made or works for, whatever their status, with their staff.

        With `only` there is no other event than that.
        """
        conditions = {} if only is None else {"_id": only}
        # Each branch has one index, in the order of the list, and MongoDB merges the two.
        branches = ({"organizer_id": user_id}, {"staff.user_id": user_id})
        return find_page(self.collection, conditions, sort, limit, after, UNREAD, branches=branches)
