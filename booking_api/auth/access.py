"""Who may call a view. Every view wears exactly one of these decorators; a test fails on one that does not."""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps

from flask import g, request
from flask_jwt_extended.exceptions import NoAuthorizationError

from ..errors import Forbidden
from ..http import rate_limits
from ..http.documents import refuse_query, takes_query
from ..http.services import service_proxy
from . import tokens
from .tokens import CUSTOMER, ORGANIZER, Caller

sessions = service_proxy("sessions")  # what `accounts` knows of sessions
verification = service_proxy("verification")  # and of verified emails
VERIFIED_ORGANIZER, VERIFIED_CUSTOMER = "verified organizer", "verified customer"


class WrongRole(Forbidden):
    """This address is for the other role: organizers make events, customers book.

    Log in with an account of the role that `detail` names; an account has one role for good.
    """

    code = "wrong_role"
    title = "Your role may not do this"
    example = {"detail": "This is for the role customer, and you are signed in as organizer."}


class EmailUnverified(Forbidden):
    """This wants an account whose email is verified, and yours is not yet. Nothing was done.

    Use the token from the mail at `POST /api/v1/auth/verify-email`; `POST /api/v1/users/me/email` sends another mail.
    """

    code = "email_unverified"
    title = "Your email is not verified"


def caller() -> Caller | None:
    """Who is calling; None on a view for anyone when no token was sent."""
    return g.caller


def public(view: Callable) -> Callable:
    """Open to all; a token is not even looked at, so that an expired one does not bar the way to login."""
    return _open(view, "public", rate_limits.spend_locally)


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


def verified_organizer(view: Callable) -> Callable:
    """For organizers whose email is verified, where `REQUIRE_VERIFIED_EMAIL` holds; others hear 403."""
    return _guard(view, VERIFIED_ORGANIZER, role=ORGANIZER, verified=True)


def verified_customer(view: Callable) -> Callable:
    """For customers whose email is verified, where `REQUIRE_VERIFIED_EMAIL` holds; others hear 403."""
    return _guard(view, VERIFIED_CUSTOMER, role=CUSTOMER, verified=True)


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
    view: Callable,
    name: str,
    *,
    optional: bool = False,
    refresh: bool = False,
    role: str | None = None,
    verified: bool = False,
) -> Callable:
    declares_query = takes_query(view)

    @wraps(view)
    def guarded(*args, **kwargs):
        g.caller = _identify(optional=optional, refresh=refresh)
        rate_limits.spend_locally(g.caller.id if g.caller else None)
        if role is not None and g.caller.role != role:
            raise WrongRole(f"This is for the role {role}, and you are signed in as {g.caller.role}.")
        # Once verified, an email stays verified: only an older token has to be looked after.
        if verified and not g.caller.verified and verification.is_missing(g.caller.id):
            raise EmailUnverified
        if not declares_query:
            refuse_query()
        return view(*args, **kwargs)

    guarded.access = name
    guarded._apidoc = deepcopy(getattr(view, "_apidoc", {}))
    guarded._apidoc.setdefault("manual_doc", {})["security"] = [{"bearer": []}, *([{}] if optional else [])]
    return guarded


def _identify(*, optional: bool, refresh: bool) -> Caller | None:
    given = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, *rest = given.split(None, 1) or [""]
    if scheme.lower() == "bearer" and rest:  # a scheme's letters have no case (RFC 9110, section 11.1)
        # Without the spaces: a token is remembered by this, and must not be so in a thousand spellings.
        given = request.environ["HTTP_AUTHORIZATION"] = f"Bearer {rest[0].rstrip()}"
    if refresh:  # using a dead one has its consequence there
        return tokens.refresh_holder()
    try:
        known = tokens.holder(given)
    except NoAuthorizationError:
        if optional:
            return None
        raise
    if sessions.is_ended(known.session_id):
        raise tokens.SessionEnded
    return known
