"""What the database has of an event, as far as a crash could spoil it."""

from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.notifications.booking_mails import CONFIRM, PART_RECEIPT
from booking_api.notifications.notice_mails import TELL
from booking_api.notifications.ticket_mails import RECEIVED


def sales(database, event_id):
    """Bookings, tickets on sale, and confirmations owed or sent."""
    bookings = [row["_id"] for row in database["bookings"].find({"event_id": event_id}, {"_id": 1})]
    owed = {"kind": CONFIRM, "payload.booking_id": {"$in": bookings}}
    event = database["events"].find_one({"_id": event_id})
    return len(bookings), event["available_tickets"], database["outbox"].count_documents(owed)


def booking_state(database, event_id):
    """The status of the one booking, tickets on sale, confirmations and expiries owed or done."""
    (booking,) = database["bookings"].find({"event_id": event_id})
    event = database["events"].find_one({"_id": event_id})
    kinds = (CONFIRM, EXPIRE_HOLD)
    owed = [{"kind": kind, "payload.booking_id": booking["_id"]} for kind in kinds]
    return booking["status"], event["available_tickets"], *map(database["outbox"].count_documents, owed)


def part_state(database, event_id):
    """The tickets of the one booking, those that were cancelled, tickets on sale, and receipts owed or sent."""
    (booking,) = database["bookings"].find({"event_id": event_id})
    event = database["events"].find_one({"_id": event_id})
    owed = {"kind": PART_RECEIPT, "payload.booking_id": booking["_id"]}
    cancelled = sum("cancelled_at" in ticket for ticket in booking["tickets"])
    return booking["quantity"], cancelled, event["available_tickets"], database["outbox"].count_documents(owed)


def transfer_state(database, event_id):
    """The dead codes of the one booking, and the mails to who got its tickets, owed or sent."""
    (booking,) = database["bookings"].find({"event_id": event_id})
    owed = {"kind": RECEIVED, "payload.booking_id": booking["_id"]}
    dead = sum(len(ticket.get("revoked_codes", [])) for ticket in booking["tickets"])
    return dead, database["outbox"].count_documents(owed)


def hold_state(database, event_id):
    """The same, or None where there is no booking yet."""
    return booking_state(database, event_id) if database["bookings"].find_one({"event_id": event_id}) else None


def cancellation_state(database, event_id):
    """The event's status, the live bookings, and the notices owed or sent."""
    live = {"event_id": event_id, "status": {"$in": ["held", "confirmed"]}}
    told = {"kind": TELL, "payload.notice_id": f"cancellation:{event_id}"}
    event = database["events"].find_one({"_id": event_id})
    count = database["bookings"].count_documents(live)
    return event["status"], count, database["outbox"].count_documents(told)


def totals(database, event_id):
    """The totals and the tickets on sale: of the event, and of each ticket type."""
    event = database["events"].find_one({"_id": event_id})
    types = [(each["total"], each["available"]) for each in event["ticket_types"]]
    return event["total_tickets"], event["available_tickets"], types
