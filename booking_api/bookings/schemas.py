"""The shapes of bookings."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from ..events.rules import STATUSES as EVENT_STATUSES
from ..events.rules import cancellable_until
from ..events.stock import Line
from ..http.fields import Arguments, BoundedList, Choice, Flag, Id, JsonFlag, Representation, Text, Timestamp, Whole
from ..http.pagination import PageQuery, list_schema
from ..http.services import service
from ..money import MINOR_UNITS
from .links import TicketLinks
from .money_schemas import Discount, Payment, promo_code
from .rules import CANCELLED, CONFIRMED, HELD, STATUSES
from .ticket_schemas import NamedAttendee
from .tickets import TICKET_STATUSES, ticket_status

MOST_TICKETS = 100
MOST_ITEMS = 50
NO_ATTENDEE = {"attendee_name": None, "attendee_email": None}
CODE = "What the door asks for; never in the organizer's lists, and null if the ticket was given to somebody."
URL = "The ticket as a page, which its QR code leads to; null if the ticket was given to somebody."
TYPE = "Which tickets; needed where the event has several types."
COMING = "Who comes with these tickets, of the first ones if they are fewer."
FOUND_BY = "Words, or beginnings of words, that the names and addresses of who booked and who comes contain together."
CANCELLABLE = "Until when you may cancel, or give up a hold; it may have passed. Null if there is nothing to cancel."


links = service(TicketLinks)


class OrderItem(Arguments):
    """A line of an order."""

    ticket_type_id = Id(load_default=None, allow_none=True, metadata={"description": TYPE})
    quantity = Whole(1, MOST_TICKETS, required=True)
    attendees = BoundedList(fields.Nested(NamedAttendee), most=MOST_TICKETS, metadata={"description": COMING})

    @validates_schema
    def require_tickets(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` if more people come than there are tickets."""
        if len(data.get("attendees", ())) > data["quantity"]:
            raise ValidationError("At most one for each ticket.", "attendees")


class BookingCreate(Arguments):
    """An order of tickets."""

    event_id = Id(required=True)
    quantity = Whole(1, MOST_TICKETS)
    items = BoundedList(fields.Nested(OrderItem), least=1, most=MOST_ITEMS)
    hold = JsonFlag(load_default=False, metadata={"description": "Take the tickets off sale for a while only."})
    code = promo_code(load_default=None)

    @validates_schema
    def require_one_form(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` unless there is either `quantity` or `items`, each ticket type once."""
        if ("quantity" in data) == ("items" in data):
            raise ValidationError("Give either quantity or items.", "quantity")
        types = [item["ticket_type_id"] for item in data.get("items", ())]
        if len(types) != len(set(types)):
            raise ValidationError("A ticket type is in the list twice.", "items")
        if len(types) > 1 and None in types:
            raise ValidationError("Say which ticket type each is of.", "items")

    @post_load
    def make_lines(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the order with `lines`, and the `attendees` of each, in place of `quantity` or `items`."""
        if "quantity" in data:
            lines, attendees = [Line(None, data["quantity"])], []
        else:
            lines = [Line(item["ticket_type_id"], item["quantity"]) for item in data["items"]]
            attendees = [item.get("attendees", ()) for item in data["items"]]
        named = attendees if any(attendees) else []
        order = {name: data[name] for name in ("event_id", "hold", "code")}
        return order | {"lines": lines, "attendees": named}


class EventCancel(Arguments):
    """The optional body for cancelling an event."""

    reason = Text(most=1000, multiline=True, load_default=None, allow_none=True)


class BookedEvent(Representation):
    """What a booking shows of its event."""

    title = fields.String()
    date = Timestamp()
    end_date = Timestamp(allow_none=True)
    timezone = fields.String()
    venue = fields.String(allow_none=True)
    status = Choice("EventStatus", EVENT_STATUSES)


class CancellableUntil(Timestamp):
    """Until when the customer may cancel a booking; null if it is cancelled or expired, or its event is lost."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> str | None:
        """Return the time: the end of a hold, and for a confirmed booking what its event says."""
        if obj["status"] == HELD:
            return self._serialize(obj["hold_expires_at"], attr, obj)
        confirmed = obj["status"] == CONFIRMED and obj["event"] is not None
        return self._serialize(cancellable_until(obj["event"]), attr, obj) if confirmed else None


class Item(Representation):
    """A line of a booking."""

    ticket_type_id = Id(allow_none=True)
    name = fields.String(allow_none=True)
    quantity = fields.Integer()
    price = fields.Integer(metadata={"description": f"Of each ticket. {MINOR_UNITS}"})


class Ticket(Representation):
    """A seat."""

    id = Id(attribute="_id")
    code = fields.String(allow_none=True, metadata={"description": CODE})
    ticket_type = fields.String(allow_none=True)
    status = Choice("TicketStatus", TICKET_STATUSES)
    attendee_name = fields.String(allow_none=True, metadata={"description": "Who comes, if it was said."})
    attendee_email = fields.String(allow_none=True)
    checked_in_at = Timestamp(allow_none=True)
    url = fields.String(allow_none=True, metadata={"description": URL, "format": "uri"})


def shown_tickets(booking: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tickets of a booking with all that is shown of them."""
    address_of, usual = links.of, ticket_status(booking["status"])
    tickets = []
    for ticket in booking["tickets"]:
        shown = {**NO_ATTENDEE, "status": usual, **ticket}
        if "cancelled_at" in ticket:
            shown["status"] = CANCELLED
        if "code" in ticket:
            mine = not ticket.get("transfers")
            shown |= {"code": ticket["code"] if mine else None, "url": address_of(ticket["code"]) if mine else None}
        tickets.append(shown)
    return tickets


class Tickets(fields.List[Any]):
    """The tickets of a booking; their status follows from that of the booking."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the tickets, each with its status, `valid`, `held` or `cancelled`; with a code, its address too."""
        return [TICKET.dump(ticket) for ticket in shown_tickets(obj)]


class Confirmation(Representation):
    """What became of the confirmation message."""

    status = Choice(
        "ConfirmationStatus",
        ["pending", "sent", "printed", "failed"],
        metadata={"description": "`printed` means that mail goes to the console, and has reached nobody."},
    )
    sent_at = Timestamp(allow_none=True)


class BookingRead(Representation):
    """A booking as its customer sees it."""

    id = Id(attribute="_id")
    event_id = Id()
    event = fields.Nested(BookedEvent)
    quantity = fields.Integer()
    items = fields.List(fields.Nested(Item))
    status = Choice("BookingStatus", STATUSES)
    amount = fields.Integer(metadata={"description": f"The sum. {MINOR_UNITS}"})
    currency = fields.String()
    discount = Discount()
    payment = Payment()
    tickets = Tickets(fields.Nested(Ticket))
    confirmation = fields.Nested(Confirmation)
    hold_expires_at = Timestamp(allow_none=True)
    cancellable_until = CancellableUntil(allow_none=True, metadata={"description": CANCELLABLE})
    cancelled_at = Timestamp(allow_none=True)
    created_at = Timestamp()


TICKET = Ticket()


class Attendee(Representation):
    """Who booked."""

    name = fields.String()
    email = fields.String()


class AttendeeTicket(Ticket):
    """A seat as the event's organizer sees it."""

    class Meta:
        """The code is left out, and the address, which has it: whoever has the code gets in."""

        exclude = ("code", "url")


class AttendeeBooking(BookingRead):
    """A booking as the event's organizer sees it: with its customer, without the codes."""

    tickets = Tickets(fields.Nested(AttendeeTicket))
    customer = fields.Nested(Attendee)


def sort_by(name: str, *names: str) -> Choice:
    """Return the query parameter that says what a list is sorted by; its schema is called `name`."""
    return Choice(
        name,
        names,
        load_default="-created_at",
        metadata={"description": "What to sort by; with `-` the latest come first."},
    )


class BookingQuery(PageQuery):
    """The filters of one's own bookings."""

    event_id = Id(metadata={"description": "Only bookings of this event."})
    status = Choice("BookingStatus", STATUSES, metadata={"description": "Only bookings in this status."})
    upcoming = Flag(metadata={"description": "`true`: only of events that are not over; `false`: only of those over."})
    sort = sort_by("BookingSort", "created_at", "-created_at", "event_date")


class EventBookingQuery(PageQuery):
    """The filters of an event's bookings."""

    q = Text(most=200, metadata={"description": FOUND_BY})
    status = Choice("BookingStatus", STATUSES, metadata={"description": "Only bookings in this status."})
    sort = sort_by("AttendeeBookingSort", "created_at", "-created_at")


BookingList = list_schema(BookingRead, "BookingList")
AttendeeBookingList = list_schema(AttendeeBooking, "AttendeeBookingList")
