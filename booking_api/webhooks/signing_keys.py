"""The secrets of a webhook: made, kept encrypted, and opened to sign."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from .model import SealedSecret, Webhook
from .receivers import Signing
from .rules import live_secrets
from .sealed_secrets import SecretLost, SecretSealer
from .store import WebhookStore


class SigningKeys:
    """Makes and opens the secrets that deliveries are signed with."""

    def __init__(self, signing: Signing, sealer: SecretSealer, webhooks: WebhookStore, clock: Callable[[], datetime]):
        self._signing = signing
        self._sealer = sealer
        self._webhooks = webhooks
        self._clock = clock

    def make(self, webhook_id: ObjectId) -> SealedSecret:
        """Return a new secret for a webhook."""
        return {"sealed": self._sealer.seal(webhook_id, self._signing.new_secret()), "expires_at": None}

    def newest(self, webhook: Webhook) -> str | None:
        """Return the newest secret; None if the server's own secret has changed, so that nobody can read it."""
        try:
            return self._sealer.open(webhook["_id"], webhook["secrets"][0]["sealed"])[0]
        except SecretLost:
            return None

    def live(self, webhook: Webhook) -> list[str]:
        """Return the secrets that sign now, the newest first, without those that cannot be read.

        Secrets that were sealed under an earlier secret of the server are sealed again under the present one.
        """
        opened: list[str] = []
        renewed: list[SealedSecret] = []
        live = live_secrets(webhook, self._clock())
        for one in webhook["secrets"]:
            try:
                secret, is_old = self._sealer.open(webhook["_id"], one["sealed"])
            except SecretLost:
                renewed.append(one)
                continue
            if one in live:
                opened.append(secret)
            sealed = self._sealer.seal(webhook["_id"], secret) if is_old else one["sealed"]
            renewed.append({"sealed": sealed, "expires_at": one["expires_at"]})
        if renewed != webhook["secrets"]:
            self._webhooks.replace_secrets(webhook["_id"], webhook["secrets"], renewed)
        return opened
