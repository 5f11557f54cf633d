"""Events in the words of schema.org, as search engines read them in a page (JSON-LD)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .. import money
from ..clock import rfc3339
from ..openapi.schemas import named_enum
from .hidden import is_hidden
from .model import Event, TicketType
from .rules import CANCELLED, is_over
from .waiting import is_reserved

MEDIA_TYPE = "application/ld+json"
VOCABULARY = "https://schema.org"
IN_STOCK, SOLD_OUT, PRE_ORDER = (f"{VOCABULARY}/{name}" for name in ("InStock", "SoldOut", "PreOrder"))
SCHEDULED, IS_CANCELLED = (f"{VOCABULARY}/Event{name}" for name in ("Scheduled", "Cancelled"))

# What stands in the document of the API. Whatever is not known of an event is left out.
_TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["@context", "@type", "identifier", "name", "startDate", "eventStatus", "offers"],
    "properties": {
        "@context": {"const": VOCABULARY},
        "@type": {"const": "Event"},
        "identifier": _TEXT,
        "name": _TEXT,
        "description": _TEXT,
        "startDate": {"type": "string", "format": "date-time"},
        "endDate": {"type": "string", "format": "date-time"},
        "eventStatus": named_enum("SchemaOrgEventStatus", [SCHEDULED, IS_CANCELLED]),
        "url": {"type": "string", "format": "uri"},
        "image": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "location": {
            "type": "object",
            "required": ["@type", "name", "address"],
            "properties": {"@type": {"const": "Place"}, "name": _TEXT, "address": _TEXT},
        },
        "organizer": {
            "type": "object",
            "required": ["@type", "name"],
            "properties": {"@type": {"const": "Organization"}, "name": _TEXT},
        },
        "offers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["@type", "price", "priceCurrency", "availability"],
                "properties": {
                    "@type": {"const": "Offer"},
                    "name": _TEXT,
                    "price": {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
                    "priceCurrency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                    "availability": named_enum("SchemaOrgAvailability", [IN_STOCK, SOLD_OUT, PRE_ORDER]),
                    "validFrom": {"type": "string", "format": "date-time"},
                    "validThrough": {"type": "string", "format": "date-time"},
                    "url": {"type": "string", "format": "uri"},
                },
            },
        },
    },
}


class StructuredData:
    """Describes events, with the offers that can be had now; `page_of` returns the address of an event's page."""

    def __init__(self, page_of: Callable[[Event], str | None], clock: Callable[[], datetime]):
        self._page_of = page_of
        self._clock = clock

    def describe(self, event: Event) -> dict[str, Any]:
        """Return the description of an event, which has its `organizer`."""
        venue, image, organizer = event["venue"], event.get("image_url"), event.get("organizer")
        described = {
            "@context": VOCABULARY,
            "@type": "Event",
            "identifier": str(event["_id"]),
            "name": event["title"],
            "description": event["description"] or None,
            "startDate": _local(event["date"], event),
            "endDate": event["end_date"] and _local(event["end_date"], event),
            "eventStatus": IS_CANCELLED if event["status"] == CANCELLED else SCHEDULED,
            "url": self._page_of(event),
            "image": [image] if image else None,
            # What an organizer writes as the venue may be a name, an address or both.
            "location": venue and {"@type": "Place", "name": venue, "address": venue},
            "organizer": organizer and {"@type": "Organization", "name": organizer["name"]},
            "offers": list(self._offers(event)),
        }
        return _known(described)

    def _offers(self, event: Event) -> Iterator[dict[str, Any]]:
        implicit: Any = {"name": None, "price": 0, "available": event["available_tickets"]}
        without_types = [implicit] if event["total_tickets"] else []  # there are none if all types are hidden
        for ticket_type in event["ticket_types"] or without_types:
            starts = _latest(event.get("sale_starts"), ticket_type.get("sale_starts"))
            ends = _earliest(event.get("sale_ends"), ticket_type.get("sale_ends"))
            yield _known(
                {
                    "@type": "Offer",
                    "name": ticket_type["name"],
                    "price": money.decimal(ticket_type["price"], event["currency"]),
                    "priceCurrency": event["currency"],
                    "availability": self._availability(event, ticket_type, starts, ends),
                    "validFrom": starts and rfc3339(starts),
                    "validThrough": ends and rfc3339(ends),
                    "url": self._page_of(event),
                }
            )

    def _availability(
        self, event: Event, ticket_type: TicketType, starts: datetime | None, ends: datetime | None
    ) -> str:
        now = self._clock()
        closed = is_over(event, now) or (ends is not None and ends <= now)
        reserved = is_reserved(event, now) and not is_hidden(ticket_type)
        if event["status"] == CANCELLED or closed or ticket_type["available"] <= 0 or reserved:
            return SOLD_OUT  # of the words that search engines know, the one for what cannot be had
        return PRE_ORDER if starts and now < starts else IN_STOCK


def _local(moment: datetime, event: Event) -> str:
    """Return a time with the offset that holds where the event takes place: search engines show it as it stands."""
    return moment.astimezone(ZoneInfo(event["timezone"])).isoformat(timespec="seconds")


def _latest(*moments: Any) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _earliest(*moments: Any) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _known(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if value is not None}
