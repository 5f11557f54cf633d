"""Who may call a view. Every view wears exactly one of these decorators; a test fails on one that does not."""

import hashlib
import hmac
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, wraps

from bson import ObjectId
from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import NoAuthorizationError
from jwt.exceptions import MissingRequiredClaimError

from ..config import Settings
from ..errors import Forbidden, Unauthenticated
from . import limits
from .documents import refuse_query, takes_query
from .problems import problem
from .services import service_proxy

sessions = service_proxy("sessions")  # what `accounts` knows of sessions

ORGANIZER = "organizer"
CUSTOMER = "customer"
ROLES = (ORGANIZER, CUSTOMER)
ISSUER = "booking-api"
ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=30)
VERIFIED = "booking_api.verified_tokens"
VERIFIED_TOKENS = 10_000  # a few megabytes a worker
REQUIRED_CLAIMS = ("exp", "jti", "type", "role", "sid")


class TokenRequired(Unauthenticated):
    """This address needs a token, and none came with the request.

    Send `Authorization: Bearer <access token>`; `POST /api/v1/auth/login` hands one out.
    """

    code = "token_required"
    title = "A token is required"


class InvalidToken(Unauthenticated):
    """The token is malformed, forged or of the wrong kind, or its session has ended.

    Log in again. Everything but `POST /api/v1/auth/refresh` takes the access token, and that takes the refresh token.
    """

    code = "token_invalid"
    title = "The token is not valid"


class TokenExpired(Unauthenticated):
    """The life of this token is over: 15 minutes for an access token, 30 days for a refresh token.

    Get a new pair with the refresh token at `POST /api/v1/auth/refresh` and send the request again, or log in again.
    """

    code = "token_expired"
    title = "The token has expired"


class WrongRole(Forbidden):
    """This address is for the other role: organizers make events, customers book.

    Log in with an account of the role that `detail` names; an account has one role for good.
    """

    code = "wrong_role"
    title = "Your role may not do this"
    example = {"detail": "This is for the role customer, and you are signed in as organizer."}


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind the request's token."""

    id: ObjectId
    role: str
    session_id: ObjectId
    jti: str


def caller() -> Caller | None:
    """Who is calling; None on a view for anyone when no token was sent."""
    return g.caller


def issue_tokens(user_id: ObjectId, role: str, session_id: ObjectId, refresh_jti: str) -> dict:
    """A fresh pair of tokens of a session, as the login answer carries them."""
    claims = {"role": role, "sid": str(session_id)}
    headers = {"kid": key_id(current_app.config["JWT_SECRET_KEY"])}
    identity = str(user_id)
    return {
        "access_token": create_access_token(identity, additional_claims=claims, additional_headers=headers),
        "refresh_token": create_refresh_token(
            identity, additional_claims=claims | {"jti": refresh_jti}, additional_headers=headers
        ),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
    }


def public(view: Callable) -> Callable:
    """Open to all; a token is not even looked at, so that an expired one does not bar the way to login."""
    return _open(view, "public", limits.spend_locally)


def probe(view: Callable) -> Callable:
    """For the platform, and open to all: never refused for asking often, lest the platform believe us dead."""
    return _open(view, "probe", lambda _nobody: None)


def anyone(view: Callable) -> Callable:
    """Open to all, and the caller is known if a token came; a bad token is refused rather than ignored."""
    return _guard(view, "anyone", optional=True)


def signed_in(view: Callable) -> Callable:
    """For either role."""
    return _guard(view, "signed in")


def refresher(view: Callable) -> Callable:
    """For whoever holds a refresh token, which nothing else takes."""
    return _guard(view, "refresh token", refresh=True)


def organizer(view: Callable) -> Callable:
    """For organizers; a customer hears 403."""
    return _guard(view, ORGANIZER, role=ORGANIZER)


def customer(view: Callable) -> Callable:
    """For customers; an organizer hears 403."""
    return _guard(view, CUSTOMER, role=CUSTOMER)


def _open(view: Callable, name: str, count: Callable[[None], None]) -> Callable:
    declares_query = takes_query(view)

    @wraps(view)
    def opened(*args, **kwargs):
        count(None)
        if not declares_query:
            refuse_query()
        return view(*args, **kwargs)

    opened.access = name
    return opened


def _guard(
    view: Callable, name: str, *, optional: bool = False, refresh: bool = False, role: str | None = None
) -> Callable:
    declares_query = takes_query(view)

    @wraps(view)
    def guarded(*args, **kwargs):
        g.caller = _identify(optional=optional, refresh=refresh)
        limits.spend_locally(g.caller.id if g.caller else None)
        if role is not None and g.caller.role != role:
            raise WrongRole(f"This is for the role {role}, and you are signed in as {g.caller.role}.")
        if not declares_query:
            refuse_query()
        return view(*args, **kwargs)

    guarded.access = name
    guarded._apidoc = deepcopy(getattr(view, "_apidoc", {}))
    refusals = {"401": "UNAUTHORIZED"} | ({"403": "FORBIDDEN"} if role else {})
    documented = guarded._apidoc.setdefault("manual_doc", {})
    documented["security"] = [{"bearer": []}, *([{}] if optional else [])]
    documented.setdefault("responses", {}).update(refusals)
    return guarded


def _identify(*, optional: bool, refresh: bool) -> Caller | None:
    given = request.environ.get("HTTP_AUTHORIZATION", "")
    if given[:7].lower() == "bearer ":  # a scheme's letters have no case (RFC 9110, section 11.1)
        given = request.environ["HTTP_AUTHORIZATION"] = "Bearer " + given[7:]
    if refresh:  # judged where it is spent: there, using a dead one has its consequence
        verify_jwt_in_request(refresh=True)
        return _caller(get_jwt())
    try:
        known, expires_at = current_app.extensions[VERIFIED](given)
    except NoAuthorizationError:
        if optional:
            return None
        raise
    if expires_at <= time.time():
        raise TokenExpired
    if sessions.is_ended(known.session_id):
        raise InvalidToken("The session of this token has ended: log in again.")
    return known


def _verify(_authorization: str) -> tuple[Caller, float]:
    """Who the access token of this request stands for, and until when."""
    verify_jwt_in_request()
    claims = get_jwt()
    return _caller(claims), claims["exp"]


def _caller(claims: dict) -> Caller:
    return Caller(ObjectId(claims["sub"]), claims["role"], ObjectId(claims["sid"]), claims["jti"])


def key_id(secret: str) -> str:
    """Which secret a token was signed with, without saying anything of the secret itself (RFC 7515, section 4.1.4)."""
    return hmac.new(secret.encode(), b"kid", hashlib.sha256).hexdigest()[:16]


def register(app: Flask, settings: Settings) -> None:
    """Set up the tokens of `app`, and have their failures answered as problems with 401."""
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_TOKEN_LIFE,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH_TOKEN_LIFE,
        JWT_TOKEN_LOCATION=["headers"],
    )
    tokens = JWTManager(app)
    # Verifying takes a third of the time of a request without it, and what it finds cannot change but by the time and
    # by the end of the session, which are looked at each time. A refused token is an exception, and is not kept.
    app.extensions[VERIFIED] = lru_cache(VERIFIED_TOKENS)(_verify)
    secrets = [settings.jwt_secret_key, *filter(None, [settings.jwt_secret_key_previous])]
    by_id = {key_id(secret): secret for secret in secrets}

    def find_secret(header: dict, claims: dict) -> str:
        if "type" not in claims:  # flask-jwt-extended would take it for an access token
            raise MissingRequiredClaimError("type")
        return by_id.get(header.get("kid"), settings.jwt_secret_key)

    tokens.decode_key_loader(find_secret)
    tokens.token_verification_loader(_is_complete)
    tokens.token_verification_failed_loader(lambda _header, _claims: _refuse(InvalidToken))
    tokens.unauthorized_loader(lambda _reason: _refuse(TokenRequired))
    tokens.invalid_token_loader(lambda reason: _refuse(InvalidToken))
    tokens.expired_token_loader(lambda _header, _claims: _refuse(TokenExpired))
    tokens.revoked_token_loader(lambda _header, _claims: _refuse(InvalidToken))


def _is_complete(_header: dict, claims: dict) -> bool:
    # PyJWT checks a claim only if it is there; one without them would never expire.
    return (
        all(claims.get(name) for name in REQUIRED_CLAIMS)
        and claims["role"] in ROLES
        and all(ObjectId.is_valid(claims[name]) for name in ("sub", "sid"))
    )


def _refuse(kind: type[Unauthenticated]) -> Response:
    return problem(401, kind.code, kind.title)
