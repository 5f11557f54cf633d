"""What queries about events ask for."""

from marshmallow import validate

from .. import money
from ..http.fields import Arguments, Choice, Flag, Id, QueryInteger, QueryTimestamp, Slug, Text
from ..http.pagination import CountedQuery
from .schemas import HIGHEST_PRICE, LONGEST_SLUG

NOTIFY = "`false` changes the event without telling its guests; what they are still to be told of is told all the same."
UNLOCK = "A promo code: hidden ticket types that it unlocks are shown too. The answer is not to be kept by caches."
LONGEST_CODE = 64  # characters
SORT_NAMES = ("date", "-date", "created_at", "-created_at", "title")


class UpdateQuery(Arguments):
    """How guests are told of a change."""

    notify = Flag(load_default=True, metadata={"description": NOTIFY})


class ViewQuery(Arguments):
    """What else one may see of an event."""

    code = Text(least=1, most=LONGEST_CODE, metadata={"description": UNLOCK, "example": "FRIENDS"})


class EventQuery(CountedQuery):
    """The filters of the public list."""

    q = Text(
        most=200,
        metadata={"description": "Words, or beginnings of words, that title, description and venue contain together."},
    )
    category = Slug(most=LONGEST_SLUG, metadata={"description": "Only events of this category."})
    tag = Slug(most=LONGEST_SLUG, metadata={"description": "Only events that have this tag."})
    price_max = QueryInteger(
        validate=validate.Range(0, HIGHEST_PRICE),
        metadata={"description": f"Only events with a type for this price or less. {money.MINOR_UNITS}"},
    )
    organizer_id = Id(metadata={"description": "Only this organizer's events."})
    from_ = QueryTimestamp(data_key="from", metadata={"description": "Only events that are not over before then."})
    to = QueryTimestamp(metadata={"description": "Only events that begin then or earlier."})
    available = Flag(metadata={"description": "`true`: only events with tickets on sale."})
    past = Flag(load_default=False, metadata={"description": "`true`: also events that are over."})
    sort = Choice(
        "EventSort",
        SORT_NAMES,
        load_default="date",
        metadata={"description": "What to sort by; with `-` the latest come first."},
    )


class FeedQuery(EventQuery):
    """The filters of the feed, which has no pages and one order."""

    class Meta:
        """What is about pages and the order is left out."""

        exclude = ("limit", "cursor", "sort", "count")
