"""The rules for promo codes, and the errors of those who manage them; those of orders are in `bookings.discounts`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bson import ObjectId

from ..errors import Conflict, NotFound, ValidationFailed
from ..events.hidden import is_hidden
from ..events.model import Event
from .model import PromoCode, Terms

PERCENT, AMOUNT, SET_PRICE, UNLOCK = KINDS = ("percent", "amount", "set_price", "unlock")
MOST_CODES = 10_000  # of an event
USES = {"max_tickets": "used_tickets", "max_bookings": "used_bookings"}


class CodeNotFound(NotFound):
    """The event has no promo code with this id, or it was deleted.

    `GET /api/v1/events/{event_id}/codes` lists those that it has.
    """

    code = "code_not_found"
    title = "No such promo code of this event"


class CodeTaken(Conflict):
    """The event has a promo code alike: capitals make no difference. Nothing was made or changed.

    Choose another, or change the one that is there. `taken` is the code as you have written it; of several codes,
    `index` says which of your list it is, counted from 0.
    """

    code = "code_taken"
    title = "There is such a promo code already"
    example = {"detail": "There is a code like SUMMER already.", "taken": "SUMMER", "index": 3}


class TooManyCodes(Conflict):
    """An event has at most 10,000 promo codes. None was made.

    Delete codes that are no longer needed: bookings keep what was taken off.
    """

    code = "too_many_codes"
    title = "Too many promo codes"


class CodeUsedMore(Conflict):
    """The promo code was used more often than you want to allow; `used_tickets` and `used_bookings` say how often.

    Set the limit to what was used or more, or disable the code with `"enabled": false`.
    """

    code = "code_used_more"
    title = "The promo code was used more often"
    example = {"detail": "It was used for 7 tickets in 3 bookings already.", "used_tickets": 7, "used_bookings": 3}


def reduction(terms: Mapping[str, Any], price: int, step: int = 1) -> int:
    """Return what a code takes off the price of a ticket: a multiple of `step`, half up, and never more than the price.

    The step is more than 1 where cards are charged in larger units than the currency has.
    """
    kind: str = terms["kind"]
    value: int = terms["value"]
    if kind == UNLOCK:
        return 0
    of_100 = {PERCENT: price * value, AMOUNT: 100 * value, SET_PRICE: 100 * max(0, price - value)}[kind]
    return min(price, (of_100 + 50 * step) // (100 * step) * step)


def hidden_types(event: Event) -> frozenset[ObjectId]:
    """Return the ids of the ticket types that only a code shows."""
    return frozenset(each["_id"] for each in event["ticket_types"] if is_hidden(each))


def unlocked(terms: Mapping[str, Any], event: Event) -> frozenset[ObjectId]:
    """Return the ids of the hidden ticket types that can be ordered with a code."""
    if terms["kind"] != UNLOCK:
        return frozenset()
    only = terms["ticket_type_ids"]
    return hidden_types(event) if only is None else hidden_types(event) & frozenset(only)


def applies_to(terms: Mapping[str, Any], type_id: ObjectId | None, event: Event) -> bool:
    """Return whether a code changes anything for the tickets of a type: its price, or that they can be had."""
    if terms["kind"] == UNLOCK:
        return type_id in unlocked(terms, event)
    return terms["ticket_type_ids"] is None or type_id in terms["ticket_type_ids"]


def require_terms(terms: Terms, event: Event, changed: Collection[str], where: str = "") -> None:
    """Raise `ValidationFailed` if the terms contradict each other or the event; `changed` are those that are new.

    Types are looked at only if they are new: an event may have lost one that a code is for. `where` is the path of the
    terms in the request, such as `codes.3.`.
    """
    kind, value = terms["kind"], terms["value"]
    if kind == UNLOCK and value:  # a null and a 0 say the same: it takes nothing off
        raise ValidationFailed({f"{where}value": ["A code that unlocks takes nothing off: null or 0."]})
    if kind != UNLOCK and value is None:
        raise ValidationFailed({f"{where}value": ["Missing data for required field."]})
    if kind == PERCENT and value is not None and not 1 <= value <= 100:
        raise ValidationFailed({f"{where}value": ["Must be a percentage from 1 to 100."]})
    starts, ends = terms["valid_from"], terms["valid_until"]
    if starts is not None and ends is not None and ends <= starts:
        raise ValidationFailed({f"{where}valid_until": ["Must be after valid_from."]})
    known = {each["_id"] for each in event["ticket_types"]}
    if "ticket_type_ids" in changed and terms["ticket_type_ids"] is not None:
        for index, type_id in enumerate(terms["ticket_type_ids"]):
            if type_id not in known:
                raise ValidationFailed({f"{where}ticket_type_ids.{index}": ["This event has no such ticket type."]})


def require_room_for_uses(code: PromoCode, terms: Terms) -> None:
    """Raise `CodeUsedMore` if a code was used more often than these terms allow.

    So at rest no code was used more often than it may be, which the audit proves.
    """
    limits: Mapping[str, Any] = terms
    uses: Mapping[str, Any] = code
    if any(limits[most] is not None and uses[used] > limits[most] for most, used in USES.items()):
        used = {name: uses[name] for name in USES.values()}
        detail = f"It was used for {code['used_tickets']} tickets in {code['used_bookings']} bookings already."
        raise CodeUsedMore(detail, **used)


def require_fewer(present: int, new: int) -> None:
    """Raise `TooManyCodes` if an event that has so many codes would have too many with so many new ones."""
    if present + new > MOST_CODES:
        raise TooManyCodes


def require_free(codes: Sequence[PromoCode], present: Collection[str], *, several: bool) -> None:
    """Raise `CodeTaken` for the first of these codes that is like one before it, or like one with a `present` key."""
    seen = set(present)
    for index, code in enumerate(codes):
        if code["key"] in seen:
            raise taken(code["code"], index if several else None)
        seen.add(code["key"])


def taken(code: str, index: int | None = None) -> CodeTaken:
    """Return the error that there is such a code, the one at this place of a list if it was one of several."""
    members: dict[str, Any] = {"taken": code} | ({} if index is None else {"index": index})
    return CodeTaken(f"There is a code like {code} already.", **members)
