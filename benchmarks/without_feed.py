"""This service as it would be without the feeds of its events: what a feed costs is the difference."""

from pymongo import UpdateOne

from booking_api.bookings import ledger
from booking_api.events.feed import Feed
from booking_api.events.store import REVISED, EventStore
from booking_api.server.preparing import make_serving_app


def move_stock(self, stocks, session):
    """Write the stock, and say nothing of numbers that nobody needs."""
    updates = []
    for stock in stocks:
        event, increments = stock.event, stock.increments()
        enough = {name: {"$gte": -change} for name, change in increments.items() if change < 0}
        same = {"_id": event["_id"], "version": event["version"], "status": event["status"]}
        updates.append((same | enough, {"$inc": increments | REVISED, "$set": {"ever_booked": True}}))
    if len(updates) == 1:
        matched = self.collection.update_one(*updates[0], session=session).matched_count
    else:
        matched = self.collection.bulk_write([UpdateOne(*each) for each in updates], session=session).matched_count
    return dict.fromkeys((stock.event["_id"] for stock in stocks), 0) if matched == len(updates) else None


EventStore.move_stock = move_stock
Feed.append = lambda *_news: None
ledger.of_booking = lambda *_news: None
app = make_serving_app()
