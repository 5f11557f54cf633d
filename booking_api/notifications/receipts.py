"""What mails say of the money of bookings: what was paid and how, and what becomes of it after a cancel. Pure."""

from collections.abc import Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

from ..bookings import pricing
from ..bookings.calendar import MOST_OF_A_GUEST
from ..bookings.model import Booking
from ..bookings.payment import NOTHING
from ..events.model import Event
from ..events.payment import STRIPE
from ..languages.catalogue import Language
from ..payments.model import Payment
from . import names

CARD, OTHER = "card", "other"


def receipt(language: Language, booking: Booking, event: Event, payments: Sequence[Payment]) -> dict[str, Any] | None:
    """Return what the receipt of a booking says besides its lines; None if it costs nothing.

    The event has its `organizer`, who sells. What is still to be paid is told by nobody but them.
    """
    if not pricing.amount(booking["items"]):
        return None
    zone, organizer = ZoneInfo(event["timezone"]), event.get("organizer")
    lines = [
        {
            "how": CARD if payment["mode"] == STRIPE else payment.get("method", OTHER),
            "date": language.date((payment["paid_at"] or payment["created_at"]).astimezone(zone).date()),
            "amount": payment["amount"],
        }
        for payment in payments
    ]
    money = booking.get("payment") or NOTHING
    return {
        "payments": lines,
        "due": 0 if money["paid"] else booking["amount"],
        "refunded": money["refunded"],
        "owed": money["owed"],
        "retained": money["retained"],
        "seller": organizer and names.unlinked(organizer["name"]),
    }


def money_back(bookings: Sequence[Booking]) -> dict[str, Any] | None:
    """Return what was paid for bookings of one event, and what becomes of it; None if nothing was.

    All of it is as it is at this moment: what was owed when they were cancelled may have gone back since. Nothing is
    told of so many bookings that there may be more, of which nothing is known here.
    """
    paid = [money for booking in bookings if (money := booking.get("payment")) and money["paid"]]
    if not paid or len(bookings) >= MOST_OF_A_GUEST:
        return None
    sums = {name: sum(cast(dict[str, int], money)[name] for money in paid) for name in NOTHING}
    return sums | {"mode": paid[0]["mode"], "currency": bookings[0]["currency"]}
