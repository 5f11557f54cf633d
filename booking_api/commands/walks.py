"""The walks through all resources, in the order in which `docs/requests.http` opens them."""

from ..accounts import walk as accounts
from ..api_keys import walk as api_keys
from ..bookings import walk as bookings
from ..check_ins import walk as check_ins
from ..events import walk as events
from ..feed import walk as feed
from ..notifications import walk as notifications
from ..payments import refund_walk as refunds
from ..payments import walk as payments
from ..promo import walk as promo
from ..reports import walk as reports
from ..tickets import walk as tickets
from ..waitlist import walk as waitlist
from ..webhooks import walk as webhooks

WALKS = (
    accounts.WALK,
    events.WALK,
    api_keys.WALK,
    bookings.WALK,
    payments.WALK,
    tickets.WALK,
    waitlist.WALK,
    promo.WALK,
    refunds.WALK,
    feed.WALK,
    check_ins.WALK,
    webhooks.WALK,
    notifications.WALK,
    reports.WALK,
)
