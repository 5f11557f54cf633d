"""Encrypts the secrets of webhooks at rest: to read one takes the server's own secret."""

import os
from collections.abc import Sequence

from bson import ObjectId
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"booking-api webhook secret"
NONCE_BYTES = 12  # 96 random bits, as AES-GCM wants them


class SecretLost(Exception):
    """A secret was sealed under a secret of the server that it no longer has."""


class SecretSealer:
    """Seals under the server's present secret, and opens what was sealed under any of its secrets."""

    def __init__(self, server_secrets: Sequence[str]):
        self._server_secrets = server_secrets

    def seal(self, webhook_id: ObjectId, secret: str) -> bytes:
        """Return the secret of a webhook, encrypted."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + _cipher(self._server_secrets[0], webhook_id).encrypt(nonce, secret.encode(), None)

    def open(self, webhook_id: ObjectId, sealed: bytes) -> tuple[str, bool]:
        """Return a secret, and whether it must be sealed again because it was sealed under an earlier secret.

        Raises `SecretLost`.
        """
        for number, server_secret in enumerate(self._server_secrets):
            try:
                opened = _cipher(server_secret, webhook_id).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
            except InvalidTag:
                continue
            return opened.decode(), number > 0
        raise SecretLost


def _cipher(server_secret: str, webhook_id: ObjectId) -> AESGCM:
    # The id is part of the key, so that a secret copied to another webhook's document does not open.
    derivation = HKDF(SHA256(), length=32, salt=None, info=PURPOSE + b" " + webhook_id.binary)
    return AESGCM(derivation.derive(server_secret.encode()))
