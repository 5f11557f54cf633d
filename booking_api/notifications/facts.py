"""What notifications publish, for themselves."""

from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact


class OfNotice(TypedDict):
    """Which notice it is about."""

    notice_id: str


class Addressed(TypedDict):
    """Which notice goes to which customer."""

    notice_id: str
    customer_id: ObjectId


NOTICE_MADE = Fact[OfNotice]("notice.made")
NOTICE_OWED = Fact[Addressed]("notice.owed")
