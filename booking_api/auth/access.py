"""Who may call a view. Every view has exactly one `Access` as a decorator; a test fails on a view without one.

A kind of access is one `Access`: its name, its sentence and its problems for the document, its security schemes, whom
it lets in, and which scope opens it to API keys. The decorator, the document and the tests all read it, so a new kind
is one object in one file. No key opens a view whose access names no scope.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Protocol, cast

from bson import ObjectId
from flask import g, request
from flask_jwt_extended.exceptions import NoAuthorizationError

from ..errors import Problem
from ..http import rate_limits
from ..http.arguments import refuse_query, takes_query
from ..http.rate_limits import TooManyRequests
from ..http.services import service
from . import tokens
from .api_keys import PREFIX, KeyGrant, Scope, ScopeMissing
from .tokens import Caller, InvalidToken, SessionEnded, TokenExpired, TokenRequired, TokenSession

View = Callable[..., Any]
SecurityScheme = dict[str, list[str]]
BEARER: SecurityScheme = {"bearer": []}
KEY_SCHEME = "apiKey"
KEY_START = f"Bearer {PREFIX}"
REFRESH: SecurityScheme = {"refresh": []}
NO_TOKEN: SecurityScheme = {}


class Sessions(Protocol):
    """What is known of the sessions that tokens belong to."""

    def is_ended(self, session_id: ObjectId) -> bool:
        """Return whether a session has ended; the answer may be a few seconds old."""


class KeyHolders(Protocol):
    """Who holds which API key."""

    def holder(self, key: str) -> Caller:
        """Return the caller that a key acts for; raises `InvalidToken`, `TokenExpired` and `TooManyRequests`."""


key_holders: KeyHolders = service(KeyHolders)  # type: ignore[type-abstract]
sessions: Sessions = service(Sessions)  # type: ignore[type-abstract]


def access_of(view: View) -> "Access":
    """Return the access that a view declares."""
    return cast(Access, view.access)  # type: ignore[attr-defined]


def nobody() -> None:
    """Ignore any token, so that an expired one is not refused."""


def everybody(_caller: Caller | None) -> None:
    """Let every caller in."""


def count(caller: Caller | None) -> None:
    """Count the request of a caller, or of an address if nobody is signed in; raises `TooManyRequests`."""
    rate_limits.spend_locally(caller.id if caller else None)


def not_counted(_caller: Caller | None) -> None:
    """Count nothing, so that a caller who asks often is never refused."""


@dataclass(frozen=True, eq=False)
class Access:
    """One kind of access, and the decorator of the views that have it.

    `identify` finds who is calling or raises a problem with 401, `spend` counts the request against their limits, and
    `require`, which is given what `identify` found, raises a problem with 403 if they may not do this.

    `scope` opens it to API keys. `parameter` is the one of the path that names what it is about: a key that is limited
    to one such thing opens nothing else. If it `narrows`, its views show such a key no more than that.
    """

    name: str
    sentence: str
    identify: Callable[[], Caller | None] = nobody
    require: Callable[[Any], None] = everybody
    spend: Callable[[Caller | None], None] = count
    security: tuple[SecurityScheme, ...] = ()
    problems: tuple[type[Problem], ...] = (TooManyRequests,)
    scope: Scope | None = None
    parameter: str | None = None
    narrows: bool = False

    def or_key(self, scope: Scope, parameter: str | None = None) -> "Access":
        """Return the same access, open to API keys with this scope too."""
        first, *rest = self.security
        return replace(
            self,
            sentence=f"{self.sentence[:-1]}, or for an API key with the scope `{scope.name}`.",
            security=(first, {KEY_SCHEME: [scope.name]}, *rest),
            scope=scope,
            parameter=parameter or self.parameter,
        )

    def __call__(self, view: View) -> View:
        """Return the view, guarded by this access."""
        identify, spend, require = self.identify, self.spend, self.require
        declares_query = takes_query(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.caller = caller = identify()
            spend(caller)
            if caller is not None and caller.key is not None:
                self._require_opened(caller.key, kwargs)
            require(caller)
            if not declares_query:
                refuse_query()
            return view(*args, **kwargs)

        guarded.access = self  # type: ignore[attr-defined]
        if self.security:
            guarded._apidoc = deepcopy(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
            guarded._apidoc.setdefault("manual_doc", {})["security"] = list(self.security)  # type: ignore[attr-defined]
        return guarded

    def _require_opened(self, key: KeyGrant, arguments: Mapping[str, Any]) -> None:
        key.require(self.scope)
        if not self.narrows:
            key.require_within(arguments[self.parameter] if self.parameter else None)


def caller() -> Caller:
    """Return who is calling, on a view whose access requires a token."""
    return cast(Caller, g.caller)


def caller_if_any() -> Caller | None:
    """Return who is calling; None on a view with optional access when no token was sent."""
    return cast(Caller | None, g.caller)


def limited_to() -> ObjectId | None:
    """Return the id of what alone the caller's key opens; None without a key, or with one that is not limited."""
    key = caller().key
    return key.limited_to if key else None


def session() -> TokenSession:
    """Return the session of the caller, on a view whose access requires a token."""
    return cast(TokenSession, g.caller.session)


def holder() -> Caller:
    """Return the caller whose access token or API key was sent.

    Raises `SessionEnded`, and what `tokens.holder` and `KeyHolders.holder` raise.
    """
    authorization = _authorization()
    if authorization.startswith(KEY_START):
        return key_holders.holder(authorization.removeprefix("Bearer "))
    known = tokens.holder(authorization)
    if known.session and sessions.is_ended(known.session.id):
        raise SessionEnded
    return known


def holder_if_any() -> Caller | None:
    """Return the same; None if no token was sent."""
    if "HTTP_AUTHORIZATION" not in request.environ:  # which flask-jwt-extended finds out in 10 us
        return None
    try:
        return holder()
    except NoAuthorizationError:
        return None


def refresh_holder() -> Caller:
    """Return the caller whose refresh token was sent; whether it was used before is checked when it is spent."""
    _authorization()
    return tokens.refresh_holder()


def _authorization() -> str:
    """Return the request's `Authorization` in one spelling, so that a token is remembered only once."""
    given: str = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, *rest = given.split(None, 1) or [""]
    if scheme.lower() == "bearer" and rest:  # a scheme is case-insensitive (RFC 9110, section 11.1)
        given = request.environ["HTTP_AUTHORIZATION"] = f"Bearer {rest[0].rstrip()}"
    return given


TOKEN_PROBLEMS = (TokenRequired, InvalidToken, TokenExpired, SessionEnded)
HOLDER_PROBLEMS = (*TOKEN_PROBLEMS, ScopeMissing)

public = Access("public", "Open to all.")
probe = Access("probe", "For the platform that runs the service.", spend=not_counted, problems=())
optional = Access(
    "optional",
    "Open to all; with a token you also see what is yours alone.",
    identify=holder_if_any,
    security=(BEARER, NO_TOKEN),
    problems=(InvalidToken, TokenExpired, SessionEnded, ScopeMissing, TooManyRequests),
)
signed_in = Access(
    "signed in",
    "For whoever is signed in.",
    identify=holder,
    security=(BEARER,),
    problems=(*HOLDER_PROBLEMS, TooManyRequests),
)
refresher = Access(
    "refresh token",
    "For whoever holds a refresh token.",
    identify=refresh_holder,
    security=(REFRESH,),
    problems=(*TOKEN_PROBLEMS, TooManyRequests),
)
