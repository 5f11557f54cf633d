"""The table of who hears what; jobs of the version before name their kinds, so these stay as they are."""

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.queues import BOOKS, MAIL
from booking_api.payments.kinds import PAYMENTS
from booking_api.webhooks.kinds import FOLLOWING, RECEIVERS, SLOW_RECEIVERS

BOOKS_KINDS = {
    "bookings.expire_hold": "booking.held",
    "waitlist.serve": "event.waitlist_due",
    "events.rename_organizer": "account.renamed",
    "bookings.finish_cancellation": "event.cancelled",
    "notifications.announce_cancellation": "event.bookings_cancelled",
    "notifications.announce_change": "event.changed",
    "notifications.announce_reminder": "event.scheduled",
    "notifications.fan_out": "notice.made",
}
FOLLOWING_KINDS = {
    "webhooks.follow": "event.feed_grew",
    "webhooks.catch_up": "webhook.behind",
    "webhooks.forget": "webhook.deleted",
}
PAYMENT_KINDS = {
    "payments.refund": "payment.refund_owed",
    "payments.end_overdue": "payment.overdue",
    "payments.end_abandoned": "payment.abandoned",
    "payments.follow_provider": "payment.provider_event_received",
}
DELIVERING_KINDS = {"webhooks.deliver": "webhook.deliveries_due"}
SLOWLY_DELIVERING_KINDS = {"webhooks.deliver_slowly": "webhook.slow_deliveries_due"}
MAIL_KINDS = {
    "notifications.booking_cancelled": "booking.cancelled",
    "notifications.cancelled_by_staff": "booking.cancelled_by_staff",
    "notifications.confirm_booking": "booking.confirmed",
    "notifications.send_email_verification": "account.verification_owed",
    "notifications.send_password_reset": "account.password_reset_requested",
    "notifications.tell": "notice.owed",
    "notifications.webhook_disabled": "webhook.disabled",
    "notifications.waitlist_joined": "waitlist.joined",
    "notifications.waitlist_offered": "waitlist.offered",
    "notifications.waitlist_missed": "waitlist.missed",
    "notifications.waitlist_closed": "waitlist.closed",
    "notifications.payment_due": "payment.due",
    "notifications.payment_late": "payment.late",
    "notifications.payment_refunded": "payment.refunded",
    "notifications.ticket_lost": "ticket.lost",
    "notifications.ticket_received": "ticket.transferred",
    "notifications.tickets_cancelled": "booking.tickets_cancelled",
}


@pytest.fixture
def outbox(app):
    """The outbox of the app."""
    return services_of(app)[Outbox]


def test_each_kind_of_jobs_waits_in_its_queue(outbox):
    assert outbox.queues() == {
        BOOKS: frozenset(BOOKS_KINDS),
        MAIL: frozenset(MAIL_KINDS),
        PAYMENTS: frozenset(PAYMENT_KINDS),
        FOLLOWING: frozenset(FOLLOWING_KINDS),
        RECEIVERS: frozenset(DELIVERING_KINDS),
        SLOW_RECEIVERS: frozenset(SLOWLY_DELIVERING_KINDS),
    }


def test_jobs_that_wait_for_a_mail_server_are_given_up_at_last_and_no_others(outbox):
    retried = {kind for kind, how in outbox.kinds.items() if how.retry_forever}
    assert retried == outbox.kinds.keys() - MAIL_KINDS.keys() - {"webhooks.follow"}  # the next change makes up for it


def test_each_kind_of_jobs_follows_its_fact(outbox):
    heard = [(kind, fact) for fact, kinds in outbox._subscribers.items() for kind in kinds]
    again = ("notifications.confirm_booking", "booking.confirmation_wanted")
    kinds = BOOKS_KINDS | MAIL_KINDS | FOLLOWING_KINDS | PAYMENT_KINDS | DELIVERING_KINDS | SLOWLY_DELIVERING_KINDS
    assert sorted(heard) == sorted([*kinds.items(), again])
