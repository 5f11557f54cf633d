"""Register, log in, and one's own account."""

from ..web import access, idempotency
from ..web.documents import Blueprint
from ..web.services import service_proxy
from .schemas import Credentials, PasswordReset, PasswordResetRequest, Registration, Session, UserRead, UserUpdate
from .service import AccountService

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1", description="Who people are, and proving it.")
accounts: AccountService = service_proxy("accounts")


@blueprint.route("/auth/register", methods=["POST"])
@access.public
@idempotency.idempotent
@blueprint.arguments(Registration())
@blueprint.response(201, UserRead)
@blueprint.alt_response(409, "CONFLICT")
def register(registration):
    """Open an account

    As `organizer`, who makes events, or as `customer`, who books.
    """
    return accounts.register(**registration, user_id=idempotency.resource_id())


@blueprint.route("/auth/login", methods=["POST"])
@access.public
@blueprint.arguments(Credentials())
@blueprint.response(200, Session)
@blueprint.alt_response(401, "UNAUTHORIZED")
def login(credentials):
    """Log in

    Use the access token as `Authorization: Bearer <token>`.
    """
    user = accounts.login(**credentials)
    return access.issue_tokens(user["_id"], user["role"]) | {"user": user}


@blueprint.route("/auth/password-reset", methods=["POST"])
@access.public
@blueprint.arguments(PasswordResetRequest())
@blueprint.response(202)
def request_password_reset(wish):
    """Ask for a new password

    If there is such an account, a mail with a token is on its way; the answer is the same if there is none.
    """
    accounts.request_password_reset(wish["email"])


@blueprint.route("/auth/password-reset/confirm", methods=["POST"])
@access.public
@blueprint.arguments(PasswordReset())
@blueprint.response(204)
def reset_password(reset):
    """Set a new password by the token from the mail"""
    accounts.reset_password(reset["token"], reset["new_password"])


@blueprint.route("/users/me")
@access.signed_in
@blueprint.response(200, UserRead)
def me():
    """Read one's own account"""
    return accounts.read(access.caller().id)


@blueprint.route("/users/me", methods=["PATCH"])
@access.signed_in
@blueprint.arguments(UserUpdate())
@blueprint.response(200, UserRead)
def rename(update):
    """Change one's name"""
    return accounts.rename(access.caller().id, update["name"])
