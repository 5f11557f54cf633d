"""Registers the jobs that each fact causes, with their handlers and queues.

The name of a kind is stored with each job, so it must not change while jobs of that kind may be pending.
"""

from functools import partial

from . import webhook_subscriptions
from .accounts.facts import ACCOUNT_RENAMED, PASSWORD_RESET_REQUESTED, VERIFICATION_OWED
from .bookings.facts import (
    BOOKING_CANCELLED,
    BOOKING_CANCELLED_BY_STAFF,
    BOOKING_CONFIRMED,
    BOOKING_HELD,
    CONFIRMATION_WANTED,
    EVENT_BOOKINGS_CANCELLED,
    EVENT_CANCELLED,
    TICKET_LOST,
    TICKET_TRANSFERRED,
    TICKETS_CANCELLED,
)
from .bookings.wiring import EXPIRE_HOLD, FINISH_CANCELLATION, Bookings
from .events.facts import EVENT_CHANGED, EVENT_SCHEDULED
from .events.wiring import RENAME, Events
from .jobs.outbox import Outbox
from .jobs.queues import BOOKS, MAIL
from .notifications import account_mails
from .notifications.booking_mails import CONFIRM, PART_RECEIPT, RECEIPT, STAFF_RECEIPT
from .notifications.facts import NOTICE_MADE, NOTICE_OWED
from .notifications.notice_mails import TELL
from .notifications.service import ANNOUNCE_CANCELLATION, ANNOUNCE_CHANGE, ANNOUNCE_REMINDER, FAN_OUT
from .notifications.ticket_mails import LOST, RECEIVED
from .notifications.wiring import Notifications
from .webhook_subscriptions import Webhooks


def subscribe(
    outbox: Outbox, events: Events, bookings: Bookings, webhooks: Webhooks, notifications: Notifications
) -> None:
    """Register every kind of job."""
    books = partial(outbox.handle, queue=BOOKS, retry_forever=True)
    mail = partial(outbox.handle_batches, queue=MAIL)
    notices, mails = notifications.service, notifications.booking_mails

    # Jobs of bookings
    books(EXPIRE_HOLD, bookings.expiry.expire, fact=BOOKING_HELD)
    mail(CONFIRM, mails.confirm, fact=BOOKING_CONFIRMED, on_failed=mails.confirmation_failed)
    mail(CONFIRM, mails.confirm, fact=CONFIRMATION_WANTED, on_failed=mails.confirmation_failed)
    mail(RECEIPT, mails.send_receipt, fact=BOOKING_CANCELLED)
    mail(STAFF_RECEIPT, mails.send_staff_receipt, fact=BOOKING_CANCELLED_BY_STAFF)
    mail(PART_RECEIPT, mails.send_part_receipt, fact=TICKETS_CANCELLED)

    mail(RECEIVED, notifications.ticket_mails.tell_holder, fact=TICKET_TRANSFERRED)
    mail(LOST, notifications.ticket_mails.tell_former_holder, fact=TICKET_LOST)

    # Jobs of events: an announcement makes a notice, whose fan-out records a message for each guest
    books(FINISH_CANCELLATION, bookings.cancellation.finish, fact=EVENT_CANCELLED)
    books(ANNOUNCE_CANCELLATION, notices.announce_cancellation, fact=EVENT_BOOKINGS_CANCELLED)
    books(ANNOUNCE_CHANGE, notices.announce_change, fact=EVENT_CHANGED)
    books(ANNOUNCE_REMINDER, notices.announce_reminder, fact=EVENT_SCHEDULED)
    books(FAN_OUT, notices.fan_out, fact=NOTICE_MADE)
    mail(TELL, notifications.notice_mails.tell, fact=NOTICE_OWED)

    # Jobs of accounts
    books(RENAME, events.organizers.renamed, fact=ACCOUNT_RENAMED)
    mail(account_mails.SEND_PASSWORD_RESET, notifications.password_mails.send_token, fact=PASSWORD_RESET_REQUESTED)
    mail(account_mails.SEND_VERIFICATION, notifications.verification_mails.send_token, fact=VERIFICATION_OWED)

    webhook_subscriptions.subscribe(outbox, webhooks, notifications)
