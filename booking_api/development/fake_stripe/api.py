"""The routes of Stripe that the fake knows, who may call them, and what is answered."""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from .errors import API, INVALID, Refusal, invalid
from .faults import Fault, Faults
from .forms import Params, parse, require_known, text
from .idempotency import Answer, IdempotencyKeys
from .intents import Intents
from .refunds import Refunds
from .state import Document

SECRET_KEY = re.compile(r"(sk|rk)_test_\w{8,240}", re.ASCII)
PUBLISHABLE_KEY = re.compile(r"pk_test_\w{1,240}", re.ASCII)
ID = r"(?P<id>[A-Za-z0-9_]{1,255})"

Action = Callable[[str, Params], Document]


class Api:
    """Answers calls of `/v1/`; safe to use from several threads."""

    def __init__(self, intents: Intents, refunds: Refunds, keys: IdempotencyKeys, faults: Faults):
        self._intents = intents
        self._keys = keys
        self._faults = faults
        self._routes: list[tuple[str, re.Pattern[str], Action]] = [
            (method, re.compile(path), action)
            for method, path, action in (
                ("POST", "/v1/payment_intents", lambda _, params: intents.create(params)),
                ("GET", f"/v1/payment_intents/{ID}", self._fetch),
                ("POST", f"/v1/payment_intents/{ID}/confirm", intents.confirm),
                ("POST", f"/v1/payment_intents/{ID}/cancel", intents.cancel),
                ("POST", "/v1/refunds", lambda _, params: refunds.create(params)),
                ("GET", "/v1/refunds", lambda _, params: refunds.list(params)),
                ("GET", f"/v1/refunds/{ID}", refunds.fetch),
            )
        ]

    def answer(self, method: str, target: str, headers: Message, body: bytes) -> Answer | Fault:
        """Return the answer to a call, or the fault with which it ends without one."""
        parts = urlsplit(target)
        try:
            params = parse(parts.query if method == "GET" else body.decode())
            action, id = self._route(method, parts.path)
            self._authorize(parts.path, id, headers.get("Authorization") or "", params)
            fault = self._faults.take(f"{method} {parts.path}")
            if fault is not None and not fault.effect:
                return _failed(fault)
            key = headers.get("Idempotency-Key") if method == "POST" else None
            done = self._keys.once(key, f"{target}\n".encode() + body, lambda: _carried_out(action, id, params))
            return done if fault is None else _failed(fault)
        except UnicodeDecodeError:
            return answer_of(400, invalid("The body is not UTF-8.").answer)
        except Refusal as refusal:
            return answer_of(refusal.status, refusal.answer)

    def _route(self, method: str, path: str) -> tuple[Action, str]:
        for known, pattern, action in self._routes:
            match = pattern.fullmatch(path)
            if match and known == method:
                return action, match.groupdict().get("id", "")
        message = f"Unrecognized request URL ({method}: {path[:100]}). The fake knows a part of Stripe's API only."
        raise Refusal(404, INVALID, message)

    def _authorize(self, path: str, intent_id: str, authorization: str, params: Params) -> None:
        key = _key_in(authorization)
        if SECRET_KEY.fullmatch(key):
            return
        if path.startswith("/v1/payment_intents/") and not path.endswith("/cancel") and "client_secret" in params:
            # The customer's browser, with a publishable key; here it may leave that out.
            if key and not PUBLISHABLE_KEY.fullmatch(key):
                raise Refusal(401, INVALID, "Invalid API Key provided.")
            secret = self._intents.fetch(intent_id)["client_secret"]
            if hmac.compare_digest(secret.encode(), (text(params, "client_secret") or "").encode()):
                return
            message = "The client_secret provided does not match the client_secret associated with the PaymentIntent."
            raise invalid(message, "client_secret", "payment_intent_invalid_parameter")
        if PUBLISHABLE_KEY.fullmatch(key):
            message = "This API call cannot be made with a publishable API key. Please use a secret API key."
            raise Refusal(403, INVALID, message, code="secret_key_required")
        raise Refusal(401, INVALID, "Invalid API Key provided: the fake takes sk_test_... and rk_test_... only.")

    def _fetch(self, intent_id: str, params: Params) -> Document:
        require_known(params, {"client_secret", "expand"})
        return self._intents.fetch(intent_id)


def answer_of(status: int, document: Any) -> Answer:
    """Return an answer of JSON."""
    return Answer(status, json.dumps(document, indent=2).encode() + b"\n")


def _carried_out(action: Action, id: str, params: Params) -> Answer:
    try:
        return answer_of(200, action(id, params))
    except Refusal as refusal:
        if not refusal.kept:
            raise
        return answer_of(refusal.status, refusal.answer)


def _failed(fault: Fault) -> Answer | Fault:
    if fault.kind == "error":
        return answer_of(500, Refusal(500, API, "An error of the fake, as it was told.").answer)
    if fault.kind == "rate_limit":
        message = "Request rate limit exceeded, as the fake was told."
        return answer_of(429, Refusal(429, INVALID, message, code="rate_limit").answer)
    return fault


def _key_in(authorization: str) -> str:
    """Return the key of `Bearer <key>`, or of `Basic`, which is what `curl -u <key>:` sends."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
