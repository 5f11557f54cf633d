"""Who is told what, when it is tried again, and when a webhook is disabled; the errors of this resource. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..errors import Conflict, NotFound
from .model import Delivery, SealedSecret, Webhook

EVERY_TYPE = "*"
ACTIVE, DISABLED = STATUSES = ("active", "disabled")
# Why a webhook is disabled: its owner asked for it, its receiver answered 410, or nothing succeeded for five days.
REQUESTED, GONE, FAILING = REASONS = ("requested", "gone", "failing")
PENDING, DELIVERED, FAILED = DELIVERY_STATUSES = ("pending", "delivered", "failed")

MOST_WEBHOOKS = 20  # of an organizer
MOST_SECRETS = 5  # that sign a delivery at once, however often they are replaced
SECRET_OVERLAP = timedelta(hours=24)
MOST_PENDING = 20_000  # deliveries of a webhook; more changes wait in the feed until there is room
MOST_ATTEMPTS_KEPT = 20

# The longest wait before each further attempt, in seconds; the last one is repeated until three days are over.
WAITS = (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400)
TRIED_FOR = timedelta(days=3)
FAILING_FOR = timedelta(days=5)
QUIET = timedelta(days=2)  # after so long without an attempt, another failure is a new beginning
GONE_STATUS = 410

SLOW_SECONDS = 2.0  # an attempt that takes longer makes a receiver slow
SLOW_FOR = timedelta(minutes=10)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 10.0, 300.0

# What is counted against a receiver that nothing is known of.
CLEAN_RECORD: dict[str, Any] = {
    "failing_since": None,
    "last_failed_at": None,
    "timeouts": 0,
    "paused_until": None,
    "slow_until": None,
}


class WebhookNotFound(NotFound):
    """There is no such webhook among yours.

    `GET /api/v1/webhooks` lists those that you have.
    """

    code = "webhook_not_found"
    title = "No such webhook"


class DeliveryNotFound(NotFound):
    """This webhook has no such delivery. They are kept for 30 days.

    `GET /api/v1/webhooks/{id}/deliveries` lists those that it has.
    """

    code = "delivery_not_found"
    title = "No such delivery"


class TooManyWebhooks(Conflict):
    """You have as many webhooks as an organizer can have. None was made.

    Delete one that you no longer need, or have one receive more types.
    """

    code = "too_many_webhooks"
    title = "Too many webhooks"
    example = {"detail": f"You have {MOST_WEBHOOKS} webhooks, which is the most: delete one first."}


class WebhookDisabled(Conflict):
    """This webhook is disabled, so nothing is sent to it.

    Enable it with `PATCH` and `{"status": "active"}`, then try again.
    """

    code = "webhook_disabled"
    title = "The webhook is disabled"


def wants(webhook: Webhook, kind: str) -> bool:
    """Return whether a webhook is told changes of this type."""
    return EVERY_TYPE in webhook["types"] or kind in webhook["types"]


def free_slot(taken: Sequence[int]) -> int:
    """Return the lowest slot that is free; raises `TooManyWebhooks`."""
    free = sorted(set(range(MOST_WEBHOOKS)) - set(taken))
    if not free:
        raise TooManyWebhooks(TooManyWebhooks.example["detail"])
    return free[0]


def require_active(webhook: Webhook) -> None:
    """Raise `WebhookDisabled` if it is."""
    if webhook["status"] != ACTIVE:
        raise WebhookDisabled


def next_due(delivery: Delivery, webhook: Webhook, now: datetime, random: float) -> datetime | None:
    """Return when a delivery that has just failed again is tried again, or None if its three days are over.

    `random` is from 0 to 1: the waits have full jitter, but the last attempt is made when the three days end. They
    begin with the first attempt, or when the webhook was last enabled.
    """
    first = delivery["first_attempt_at"] or now
    last = max(first, webhook["enabled_at"]) + TRIED_FOR
    if now >= last:
        return None
    wait = WAITS[min(delivery["tries"], len(WAITS) - 1)]
    return min(now + timedelta(seconds=wait * random), last)


def is_leased(webhook: Webhook, now: datetime) -> bool:
    """Return whether somebody is delivering to a webhook."""
    return webhook["lease_until"] is not None and webhook["lease_until"] > now


def is_slow(webhook: Webhook, now: datetime) -> bool:
    """Return whether a webhook is served by the threads for slow receivers."""
    return webhook["slow_until"] is not None and webhook["slow_until"] > now


def is_paused(webhook: Webhook, now: datetime) -> bool:
    """Return whether nothing is sent to a webhook for now."""
    return webhook["paused_until"] is not None and webhook["paused_until"] > now


def after_success(now: datetime, seconds: float) -> dict[str, Any]:
    """Return what changes in a webhook whose receiver took a delivery after so many seconds."""
    return _slowness(now, seconds) | {
        "failing_since": None,
        "last_failed_at": None,
        "last_delivery_at": now,
        "timeouts": 0,
        "paused_until": None,
    }


def after_failure(webhook: Webhook, now: datetime, seconds: float, *, timed_out: bool, random: float) -> dict[str, Any]:
    """Return what changes in a webhook after a failed attempt that took so many seconds; `random` is from 0 to 1."""
    last = webhook["last_failed_at"]
    going_on = webhook["failing_since"] is not None and last is not None and now - last < QUIET
    changes = _slowness(now, seconds) | {
        "failing_since": webhook["failing_since"] if going_on else now,
        "last_failed_at": now,
        "timeouts": 0,
        "paused_until": None,
    }
    if timed_out:
        timeouts = webhook["timeouts"] + 1
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(timeouts - 1, 10))
        pause = timedelta(seconds=longest * (1 + random) / 2)
        changes |= {"timeouts": timeouts, "paused_until": now + pause, "slow_until": now + SLOW_FOR}
    return changes


def reason_to_disable(webhook: Mapping[str, Any], status: int | None, now: datetime) -> str | None:
    """Return why a webhook is disabled after a failed attempt with this HTTP status; None if it goes on."""
    if status == GONE_STATUS:
        return GONE
    since = webhook["failing_since"]
    return FAILING if since is not None and now - since >= FAILING_FOR else None


def disabled(reason: str, now: datetime) -> dict[str, Any]:
    """Return what changes in a webhook that is disabled."""
    return {"status": DISABLED, "disabled_reason": reason, "disabled_at": now, "updated_at": now}


def enabled(now: datetime) -> dict[str, Any]:
    """Return what changes in a webhook that is enabled: whatever was counted against it begins anew."""
    return {"status": ACTIVE, "disabled_reason": None, "enabled_at": now, **CLEAN_RECORD}


def edit(webhook: Webhook, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what changes in a webhook when its owner asks for `changes`; nothing if it is like that already."""
    known: dict[str, Any] = dict(webhook)
    edit = {name: changes[name] for name in ("url", "types") if name in changes and changes[name] != known[name]}
    if "url" in edit:
        edit |= CLEAN_RECORD
    wanted = changes.get("status", webhook["status"])
    if wanted != webhook["status"]:
        edit |= enabled(now) if wanted == ACTIVE else disabled(REQUESTED, now)
    return edit | {"updated_at": now} if edit else edit


def live_secrets(webhook: Webhook, now: datetime) -> list[SealedSecret]:
    """Return the secrets that sign now, the newest first."""
    return [one for one in webhook["secrets"] if one["expires_at"] is None or one["expires_at"] > now]


def replaced_secrets(webhook: Webhook, new: SealedSecret, now: datetime) -> list[SealedSecret]:
    """Return the secrets of a webhook with a new one: those before it sign along for 24 hours from their end."""
    until = now + SECRET_OVERLAP
    earlier: list[SealedSecret] = [
        {"sealed": one["sealed"], "expires_at": one["expires_at"] or until} for one in live_secrets(webhook, now)
    ]
    return [new, *earlier][:MOST_SECRETS]


def _slowness(now: datetime, seconds: float) -> dict[str, Any]:
    return {"slow_until": now + SLOW_FOR} if seconds > SLOW_SECONDS else {}
