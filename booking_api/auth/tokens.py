"""Tokens: issued at login, and verified at each request.

A token is a JWT (RFC 7519) that belongs to a session, and names the secret that signed it, so that secrets can change.
"""

import hashlib
import hmac
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from bson import ObjectId
from flask import Flask, Response, current_app
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    verify_jwt_in_request,
)
from jwt.exceptions import MissingRequiredClaimError

from ..config import Settings
from ..errors import Unauthenticated
from ..http.problems import problem
from .api_keys import KeyGrant

ISSUER = "booking-api"
ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=30)
VERIFIED = "booking_api.verified_tokens"
VERIFIED_TOKENS = 10_000  # a few megabytes a worker
CLOCK_LEEWAY = timedelta(seconds=30)  # by how much the clock of a machine that issues tokens may be ahead of another's
REQUIRED_CLAIMS = ("exp", "jti", "type", "role", "sid")


class TokenRequired(Unauthenticated):
    """This address needs a token, and none came with the request.

    Send `Authorization: Bearer <access token>`; `POST /api/v1/auth/login` hands one out.
    """

    code = "token_required"
    title = "A token is required"


class InvalidToken(Unauthenticated):
    """The token is malformed, forged or of the wrong kind, or is an API key that is unknown or was deleted.

    Log in again, or make another key. Everything but `POST /api/v1/auth/refresh` takes the access token, and that takes
    the refresh token.
    """

    code = "token_invalid"
    title = "The token is not valid"


class TokenExpired(Unauthenticated):
    """The life of this token is over: 15 minutes for an access token, 30 days for a refresh token, its own for a key.

    Get a new pair with the refresh token at `POST /api/v1/auth/refresh` and send the request again, or log in again.
    """

    code = "token_expired"
    title = "The token has expired"


class SessionEnded(Unauthenticated):
    """The session has ended: by logout, by a new password, or because an old refresh token was used again.

    Log in again. A refresh token works once: keep the new pair of every refresh, and share it between tabs. Only within
    10 seconds does the same token get the same new pair again. An account has at most 100 sessions: one more ends the
    one that was renewed longest ago.
    """

    code = "session_ended"
    title = "The session has ended"


@dataclass(frozen=True, slots=True)
class TokenSession:
    """The session that a token belongs to, and the token's own id in it."""

    id: ObjectId
    jti: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is acting: a user and their role. `verified` is whether their email was verified when the token was issued.

    `session` is the session of the token; None for a caller without a token. `key` is what the API key opens that came
    instead of a token, if one did.
    """

    id: ObjectId
    role: str
    verified: bool = False
    session: TokenSession | None = None
    key: KeyGrant | None = None


def time_of_issue() -> int:
    """Return the `iat` of a token that is issued now."""
    return int(time.time())


def issue_tokens(
    user_id: ObjectId,
    role: str,
    session_id: ObjectId,
    refresh_jti: str,
    issued_at: int | None = None,
    *,
    verified: bool = False,
) -> dict[str, Any]:
    """Return a pair of tokens for a session, as in the answer to a login; `issued_at` defaults to now.

    The same arguments make the same tokens, byte for byte, until the secret is changed.
    """
    issued_at = time_of_issue() if issued_at is None else issued_at
    claims = {"role": role, "sid": str(session_id), "iat": issued_at, "nbf": issued_at}
    # Neither secret nor looked up anywhere: it only has to differ between pairs.
    access_jti = hashlib.sha256(f"access token beside {refresh_jti}".encode()).hexdigest()[:32]
    headers = {"kid": key_id(current_app.config["JWT_SECRET_KEY"])}
    identity = str(user_id)
    access_life, refresh_life = (int(life.total_seconds()) for life in (ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE))
    return {
        "access_token": create_access_token(
            identity,
            additional_claims=claims | {"jti": access_jti, "exp": issued_at + access_life, "email_verified": verified},
            additional_headers=headers,
        ),
        "refresh_token": create_refresh_token(
            identity,
            additional_claims=claims | {"jti": refresh_jti, "exp": issued_at + refresh_life},
            additional_headers=headers,
        ),
        "token_type": "Bearer",
        "expires_in": access_life,  # up to 10 s too long for a repeated pair: its answer is the same
    }


def holder(authorization: str) -> Caller:
    """Return the caller whose access token this request carries in its `Authorization`.

    Raises `TokenExpired`, and errors that `register` answers with 401. Does not check whether the session has ended.
    """
    known, expires_at = current_app.extensions[VERIFIED](authorization)
    _refuse_expired(expires_at)
    return cast(Caller, known)


def refresh_holder() -> Caller:
    """Return the caller whose refresh token was sent; whether it was used before is checked when it is spent."""
    verify_jwt_in_request(refresh=True)
    claims = get_jwt()
    _refuse_expired(int(claims["exp"]))
    return _caller(claims)


def _verify(_authorization: str) -> tuple[Caller, int]:
    """Return the caller whose access token this request carries, and when the token expires."""
    verify_jwt_in_request()
    claims = get_jwt()
    _refuse_expired(int(claims["exp"]))  # here too, so that an expired token is not remembered
    return _caller(claims), int(claims["exp"])


def _refuse_expired(expires_at: int) -> None:
    # The library gives `exp` the leeway that is meant for `nbf` and `iat`.
    if expires_at <= time.time():
        raise TokenExpired


def _caller(claims: dict[str, Any]) -> Caller:
    verified = claims.get("email_verified") is True
    session = TokenSession(ObjectId(claims["sid"]), claims["jti"])
    return Caller(ObjectId(claims["sub"]), claims["role"], verified, session)


def key_id(secret: str) -> str:
    """Return an id for a secret that reveals nothing about the secret itself (RFC 7515, section 4.1.4)."""
    return hmac.new(secret.encode(), b"kid", hashlib.sha256).hexdigest()[:16]


def register(app: Flask, settings: Settings, roles: Collection[str]) -> None:
    """Set up the tokens of `app`, each for one of the `roles`, and answer their failures as problems with 401."""
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_TOKEN_LIFE,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH_TOKEN_LIFE,
        JWT_DECODE_LEEWAY=int(CLOCK_LEEWAY.total_seconds()),
        JWT_TOKEN_LOCATION=["headers"],
        JWT_COOKIE_CSRF_PROTECT=False,  # there are no cookies, and its random claim would make every token different
    )
    tokens = JWTManager(app)
    # Verifying would make a request take a third longer. The result changes only when the token expires or the session
    # ends, and both are checked each time. A refused token raises an exception, and so is not remembered.
    app.extensions[VERIFIED] = lru_cache(VERIFIED_TOKENS)(_verify)
    by_id = {key_id(secret): secret for secret in settings.jwt_secrets}

    def find_secret(header: dict[str, Any], claims: dict[str, Any]) -> str:
        if "type" not in claims:  # flask-jwt-extended would take it for an access token
            raise MissingRequiredClaimError("type")
        return by_id.get(header.get("kid", ""), settings.jwt_secret_key)

    tokens.decode_key_loader(find_secret)
    tokens.token_verification_loader(lambda _header, claims: _is_complete(claims, roles))
    tokens.token_verification_failed_loader(lambda _header, _claims: _refuse(InvalidToken))
    tokens.unauthorized_loader(lambda _reason: _refuse(TokenRequired))
    tokens.invalid_token_loader(lambda reason: _refuse(InvalidToken))
    tokens.expired_token_loader(lambda _header, _claims: _refuse(TokenExpired))
    tokens.revoked_token_loader(lambda _header, _claims: _refuse(InvalidToken))


def _is_complete(claims: dict[str, Any], roles: Collection[str]) -> bool:
    # PyJWT checks a claim only if it is present; a token without `exp` would never expire.
    return (
        all(claims.get(name) for name in REQUIRED_CLAIMS)
        and claims["role"] in roles
        and all(ObjectId.is_valid(claims[name]) for name in ("sub", "sid"))
    )


def _refuse(kind: type[Unauthenticated]) -> Response:
    return problem(401, kind.code, kind.title)
