"""The shapes of promo codes."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from ..events.schemas import HIGHEST_PRICE, MOST_TICKET_TYPES
from ..http.fields import Arguments, BoundedList, Choice, Id, JsonFlag, Representation, Text, Timestamp, Whole
from ..http.pagination import PageQuery, list_schema
from ..money import MINOR_UNITS
from .rules import KINDS
from .spelling import LONGEST, is_well_formed

MOST_AT_ONCE = 1_000
MOST_USES = 1_000_000
CODE = "What customers type: letters and digits of any script and some signs, no spaces. Capitals make no difference."
KIND = (
    "`percent` and `amount` are taken off the price of each ticket, which is never below 0. `set_price` is what it "
    "costs instead, if that is less. `unlock` takes nothing off: it lets customers see and book hidden ticket types."
)
VALUE = f"A whole percentage from 1 to 100, or an amount or a price; null or 0 for `unlock`. {MINOR_UNITS}"
TICKETS = "To how many tickets it may be applied in all. Null: to any number."
BOOKINGS = "In how many bookings it may be used in all. Null: in any number."
CUSTOMER = "How many tickets a customer may have with it. Null: any number."
TYPES = "The ticket types that it is for; null for all, and for an `unlock` code for all hidden ones."
FROM = "From when it can be used; null: at once."
UNTIL = "Until when it can be used; null: always."
ENABLED = "A disabled code is answered like one that does not exist."
USED = "Of live bookings: what is cancelled or expires gives its uses back."
BEGINNING = "Only codes that begin like this; capitals make no difference."


class CodeText(Text):
    """A promo code as it is written."""

    def __init__(self, **options: Any):
        super().__init__(least=1, most=LONGEST, metadata={"description": CODE}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) <= LONGEST and not is_well_formed(text):
            raise ValidationError("Only letters, digits and signs like - _ and . are possible, and no spaces.")
        return text


def _limit(meaning: str, **options: Any) -> Whole:
    return Whole(1, MOST_USES, allow_none=True, metadata={"description": meaning}, **options)


def _types(**options: Any) -> BoundedList:
    described = {"description": TYPES, "uniqueItems": True}
    return BoundedList(
        Id(),
        least=1,
        most=MOST_TICKET_TYPES,
        allow_none=True,
        validators=[_require_distinct],
        metadata=described,
        **options,
    )


def _require_distinct(type_ids: list[Any]) -> None:
    if len(set(type_ids)) < len(type_ids):
        raise ValidationError("A ticket type is in the list twice.")


def _time(meaning: str, **options: Any) -> Timestamp:
    return Timestamp(allow_none=True, metadata={"description": meaning}, **options)


def _value(**options: Any) -> Whole:
    return Whole(0, HIGHEST_PRICE, allow_none=True, metadata={"description": VALUE}, **options)


def _kind(**options: Any) -> Choice:
    return Choice("PromoCodeKind", KINDS, metadata={"description": KIND}, **options)


def _enabled(**options: Any) -> JsonFlag:
    return JsonFlag(metadata={"description": ENABLED}, **options)


class PromoCodeCreate(Arguments):
    """A new promo code."""

    code = CodeText(required=True)
    kind = _kind(required=True)
    value = _value(load_default=None)
    max_tickets = _limit(TICKETS, load_default=None)
    max_bookings = _limit(BOOKINGS, load_default=None)
    max_per_customer = _limit(CUSTOMER, load_default=None)
    ticket_type_ids = _types(load_default=None)
    valid_from = _time(FROM, load_default=None)
    valid_until = _time(UNTIL, load_default=None)
    enabled = _enabled(load_default=True)


class PromoCodeBulk(Arguments):
    """Up to 1,000 new promo codes."""

    codes = BoundedList(fields.Nested(PromoCodeCreate), least=1, most=MOST_AT_ONCE, required=True)


class PromoCodeUpdate(Arguments):
    """Changes of a promo code; what is left out stays as it is."""

    code = CodeText()
    kind = _kind()
    value = _value()
    max_tickets = _limit(TICKETS)
    max_bookings = _limit(BOOKINGS)
    max_per_customer = _limit(CUSTOMER)
    ticket_type_ids = _types()
    valid_from = _time(FROM)
    valid_until = _time(UNTIL)
    enabled = _enabled()


class PromoCodeRead(Representation):
    """A promo code as who runs its event sees it."""

    id = Id(attribute="_id")
    event_id = Id()
    code = fields.String()
    kind = _kind()
    value = fields.Integer(allow_none=True, metadata={"description": VALUE})
    max_tickets = fields.Integer(allow_none=True, metadata={"description": TICKETS})
    max_bookings = fields.Integer(allow_none=True, metadata={"description": BOOKINGS})
    max_per_customer = fields.Integer(allow_none=True, metadata={"description": CUSTOMER})
    ticket_type_ids = fields.List(Id(), allow_none=True, metadata={"description": TYPES})
    valid_from = Timestamp(allow_none=True)
    valid_until = Timestamp(allow_none=True)
    enabled = fields.Boolean(metadata={"description": ENABLED})
    used_tickets = fields.Integer(metadata={"description": USED})
    used_bookings = fields.Integer(metadata={"description": USED})
    created_at = Timestamp()
    updated_at = Timestamp()


class PromoCodeQuery(PageQuery):
    """The filter of an event's promo codes."""

    q = Text(most=LONGEST, metadata={"description": BEGINNING})
    sort = Choice(
        "PromoCodeSort",
        ("created_at", "-created_at", "code", "-code"),
        load_default="-created_at",
        metadata={"description": "What to sort by; with `-` the latest come first."},
    )


class PromoCodes(Representation):
    """Promo codes that were made together, in the order of the request."""

    items = fields.List(fields.Nested(PromoCodeRead))


PromoCodeList = list_schema(PromoCodeRead, "PromoCodeList")
