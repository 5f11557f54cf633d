"""How long events run, so that a list finds those that are not over at the same cost however many are.

A list sorted by `date` leaves out what is over, which depends on the end. No index answers both, and reading all events
of the past would cost more every year. So each event stores the class of its length as `span`: an event of class k that
is not over at a moment began at most `LONGEST[k]` before it. A query has a branch for each class, which reads events
from that moment on, and MongoDB merges the branches in the order of the list
(https://www.mongodb.com/docs/manual/reference/operator/query/or/#-or-and-sort-operations). Pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

NO_END = 0
DAY = timedelta(days=1)
LONGEST = (timedelta(0), DAY, 4 * DAY, 16 * DAY, 64 * DAY, 256 * DAY)
UNBOUNDED = len(LONGEST)  # the class of what runs longer than all of these
SPANS = range(UNBOUNDED + 1)


def span_of(event: Mapping[str, Any]) -> int:
    """Return the class of an event's length."""
    if event.get("end_date") is None:
        return NO_END
    length = event["end_date"] - event["date"]
    return next((span for span in SPANS[1:UNBOUNDED] if length <= LONGEST[span]), UNBOUNDED)


def running(since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    """Return the branches of a query for events that are not over at `since` and begin by `until`; None is unbounded.

    Events that a version before spans has written have none: they are found by their beginning, until
    `flask --app wsgi migrate` was run. An event that such a version has made longer keeps the span of a shorter one, so
    a list may lose it before it is over: that too lasts until then, or until the next edit.
    """
    if since is None:
        branches: list[dict[str, Any]] = [{"span": {"$in": list(SPANS)}, "date": {}}, {"span": None, "date": {}}]
    else:
        # Each in a branch of its own: only for a null does MongoDB read the event to tell it from a missing field.
        branches = [{"span": span, "date": {"$gt": since}} for span in (None, NO_END)]
        for span in SPANS[1:]:
            begins = {"$gt": since - LONGEST[span]} if span < UNBOUNDED else {}
            branches.append({"span": span, "date": begins, "end_date": {"$gt": since}})
    for branch in branches:
        if until is not None:
            branch["date"] = branch["date"] | {"$lte": until}
        if not branch["date"]:
            del branch["date"]
    return branches
