"""What the feed of events can be filtered by."""

from .schemas import EventQuery


class FeedQuery(EventQuery):
    """The filters of the feed, which has no pages and one order."""

    class Meta:
        """What is about pages and the order is left out."""

        exclude = ("limit", "cursor", "sort", "count")
