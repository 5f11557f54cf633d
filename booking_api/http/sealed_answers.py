"""Encrypts stored answers: to read one takes both the `Idempotency-Key` and the server's secret."""

import os
from typing import Any

import bson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"booking-api kept answer"
NONCE_BYTES = 12  # 96 random bits, as AES-GCM wants them


def seal(answer: dict[str, Any], secret: str, key: str, key_id: str) -> bytes:
    """Return `answer`, a BSON document, encrypted under the key and the server's secret."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(secret, key, key_id).encrypt(nonce, bson.encode(answer), None)


def unseal(sealed: bytes, secret: str, key: str, key_id: str) -> dict[str, Any]:
    """Return the answer that was sealed; raises `InvalidTag` for a wrong key or secret, or if it was tampered with."""
    opened = _cipher(secret, key, key_id).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    return bson.decode(opened)


def _cipher(secret: str, key: str, key_id: str) -> AESGCM:
    # The id says whose key it is, so the same key of two callers encrypts differently.
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"%b %b %b" % (PURPOSE, key_id.encode(), key.encode()))
    return AESGCM(derivation.derive(secret.encode()))
