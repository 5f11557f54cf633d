"""Routes to register, log in, and manage one's own account."""

from collections.abc import Mapping
from typing import Any

from ..auth import tokens
from ..http import idempotency, rate_limits
from ..http.accept_language import preferred_language
from ..http.arguments import Blueprint, takes_nothing
from ..http.services import service
from ..openapi.views import leads_to, may_raise
from . import access, examples, limits
from .rules import (
    AccountBanned,
    EmailTaken,
    InvalidCredentials,
    InvalidMailToken,
    RegistrationClosed,
    RegistrationPolicy,
    TooManyVerifications,
    UserNotFound,
    email_key,
    is_verified,
)
from .schemas import (
    Credentials,
    EmailChange,
    EmailToken,
    PasswordChange,
    PasswordReset,
    PasswordResetRequest,
    Registration,
    ResetRequested,
    Session,
    TokenPair,
    UserRead,
    UserUpdate,
    VerificationRequested,
)
from .service import AccountService
from .sessions import SessionService
from .verification import EmailVerification

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1", description="Who people are, and proving it.")
accounts = service(AccountService)
registrations = service(RegistrationPolicy)
sessions = service(SessionService)
verification = service(EmailVerification)


@blueprint.route("/auth/register", methods=["POST"])
@access.public
@idempotency.idempotent
@blueprint.arguments(Registration(), examples=examples.REGISTRATIONS)
@blueprint.response(201, UserRead, examples=examples.REGISTERED)
@leads_to("accounts.login", {"email": "$request.body#/email", "password": "$request.body#/password"})
@may_raise(EmailTaken, RegistrationClosed)
def register(registration: dict[str, Any]) -> Mapping[str, Any]:
    """Open an account

    As `organizer`, who makes events, or as `customer`, who books. Mail to the account is in the language that
    `Accept-Language` prefers among those of this service, shown as `locale`. Where the operator has closed
    registration, for organizers or for all, this is 403 `registration_closed`.
    """
    registrations.require_open(registration["role"])
    rate_limits.spend(limits.REGISTER, subject=email_key(registration["email"]))
    return accounts.register(
        **registration,
        locale=preferred_language(),
        user_id=idempotency.resource_id(),
        network=rate_limits.network(),
    )


@blueprint.route("/auth/login", methods=["POST"])
@access.public
@blueprint.arguments(Credentials(), examples=examples.CREDENTIALS)
@blueprint.response(200, Session, examples=examples.SESSIONS)
@may_raise(InvalidCredentials, AccountBanned)
def login(credentials: dict[str, Any]) -> Mapping[str, Any]:
    """Log in

    Use the access token as `Authorization: Bearer <token>`.
    """
    over_limit = rate_limits.count_try(limits.LOGIN, subject=email_key(credentials["email"]))
    user, session_id, jti = accounts.login(**credentials, network=rate_limits.network(), over_limit=over_limit)
    verified = is_verified(user)
    return tokens.issue_tokens(user["_id"], user["role"], session_id, jti, verified=verified) | {"user": user}


@blueprint.route("/auth/refresh", methods=["POST"])
@access.refresher
@takes_nothing
@blueprint.response(200, TokenPair, example=examples.TOKENS)
def refresh() -> Mapping[str, Any]:
    """Exchange the refresh token for a new pair

    The old refresh token is dead then. Used again within 10 seconds, as by a second tab or after a lost answer, it gets
    the same new pair; used again later it ends the session.
    """
    caller, session = access.caller(), access.session()
    # Read before the token is spent, so that a slow read does not use up the time in which it works once more.
    verified = verification.is_verified(caller.id)
    pair = sessions.renew(session.id, session.jti, tokens.time_of_issue(), verified=verified)
    return tokens.issue_tokens(
        caller.id, caller.role, session.id, pair.refresh_jti, pair.issued_at, verified=pair.verified
    )


@blueprint.route("/auth/logout", methods=["POST"])
@access.signed_in
@takes_nothing
@blueprint.response(204)
def logout() -> None:
    """End the session

    Both its tokens stop working within 5 seconds.
    """
    sessions.end(access.session().id)


@blueprint.route("/users/me/password", methods=["POST"])
@access.signed_in
@blueprint.arguments(PasswordChange(), example=examples.PASSWORD_CHANGE)
@blueprint.response(204)
@may_raise(UserNotFound)
def change_password(change: dict[str, Any]) -> None:
    """Change one's password

    Every other session of the account ends.
    """
    caller = access.caller()
    rate_limits.spend(limits.PASSWORD, subject=str(caller.id))
    accounts.change_password(caller.id, access.session().id, change["current_password"], change["new_password"])


@blueprint.route("/auth/password-reset", methods=["POST"])
@access.public
@blueprint.arguments(PasswordResetRequest(), example=examples.RESET_REQUEST)
@blueprint.response(202, ResetRequested, example={})
def request_password_reset(body: dict[str, Any]) -> None:
    """Ask for a new password

    If there is such an account, a mail with a token is on its way; the answer is the same if there is none. To each
    account goes one mail in 5 minutes, however often it is asked for.
    """
    rate_limits.spend(limits.PASSWORD_RESET)
    accounts.request_password_reset(body["email"])


@blueprint.route("/auth/password-reset/confirm", methods=["POST"])
@access.public
@blueprint.arguments(PasswordReset(), example=examples.RESET)
@blueprint.response(204)
@may_raise(InvalidMailToken)
def reset_password(reset: dict[str, Any]) -> None:
    """Set a new password by the token from the mail

    That verifies the email too.
    """
    rate_limits.spend(limits.PASSWORD_RESET_CONFIRM)
    accounts.reset_password(reset["token"], reset["new_password"], network=rate_limits.network())


@blueprint.route("/users/me/email", methods=["POST"])
@access.signed_in
@blueprint.arguments(EmailChange(), example=examples.EMAIL_CHANGE)
@blueprint.response(202, VerificationRequested, example={})
@may_raise(UserNotFound, TooManyVerifications)
def change_email(change: dict[str, Any]) -> None:
    """Change one's email, or have it verified

    A mail with a token goes to that address, three a day at the most. Another email takes effect once it is verified;
    until then the old one stays. The answer is the same if somebody else has it.
    """
    caller = access.caller()
    rate_limits.spend(limits.PASSWORD, subject=str(caller.id))
    verification.request(caller.id, change["email"], change["password"])


@blueprint.route("/auth/verify-email", methods=["POST"])
@access.public
@blueprint.arguments(EmailToken(), example=examples.EMAIL_TOKEN)
@blueprint.response(204)
@may_raise(InvalidMailToken, EmailTaken)
def verify_email(mailed: dict[str, Any]) -> None:
    """Verify an email by the token from the mail"""
    rate_limits.spend(limits.VERIFY_EMAIL)
    verification.verify(mailed["token"])


@blueprint.route("/users/me")
@access.signed_in
@blueprint.response(200, UserRead, example=examples.CARL)
@may_raise(UserNotFound)
def me() -> Mapping[str, Any]:
    """Read one's own account"""
    return accounts.read(access.caller().id)


@blueprint.route("/users/me", methods=["PATCH"])
@access.signed_in
@blueprint.arguments(UserUpdate(), example=examples.RENAMING)
@blueprint.response(200, UserRead, example=examples.RENAMED)
@may_raise(UserNotFound)
def update(changes: dict[str, str]) -> Mapping[str, Any]:
    """Change one's name, or the language of one's mail"""
    return accounts.update(access.caller().id, changes)
