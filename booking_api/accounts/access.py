"""Access by role, which an account has for good, and by a verified email where one is wanted."""

from dataclasses import replace

from ..auth.access import (
    BEARER,
    HOLDER_PROBLEMS,
    Access,
    caller,
    caller_if_any,
    holder,
    limited_to,
    optional,
    probe,
    public,
    refresher,
    session,
    signed_in,
)
from ..auth.tokens import Caller
from ..errors import Forbidden
from ..http.rate_limits import TooManyRequests
from ..http.services import service
from .rules import CUSTOMER, ORGANIZER, WrongRole
from .verification import EmailVerification

__all__ = [
    "caller",
    "caller_if_any",
    "customer",
    "limited_to",
    "optional",
    "organizer",
    "probe",
    "public",
    "refresher",
    "session",
    "signed_in",
    "verified_customer",
    "verified_organizer",
]

verification = service(EmailVerification)


class EmailUnverified(Forbidden):
    """This wants an account whose email is verified, and yours is not yet. Nothing was done.

    Use the token from the mail at `POST /api/v1/auth/verify-email`; `POST /api/v1/users/me/email` sends another mail.
    """

    code = "email_unverified"
    title = "Your email is not verified"


def for_role(role: str, sentence: str) -> Access:
    """Access for the accounts of one role."""

    def require(known: Caller) -> None:
        if known.role != role:
            raise WrongRole(f"This is for the role {role}, and you are signed in as {known.role}.")

    return Access(
        role,
        sentence,
        identify=holder,
        require=require,
        security=(BEARER,),
        problems=(*HOLDER_PROBLEMS, WrongRole, TooManyRequests),
    )


def verified(access: Access, sentence: str) -> Access:
    """The same access for those alone whose email is verified, where `REQUIRE_VERIFIED_EMAIL` holds."""

    def require(known: Caller) -> None:
        access.require(known)
        # Once verified, an email stays verified. A token that says it was not may be older, so the account is read.
        if not known.verified and verification.is_missing(known.id):
            raise EmailUnverified

    problems = (*HOLDER_PROBLEMS, WrongRole, EmailUnverified, TooManyRequests)
    return replace(access, name=f"verified {access.name}", sentence=sentence, require=require, problems=problems)


organizer = for_role(ORGANIZER, "For organizers.")
customer = for_role(CUSTOMER, "For customers.")
verified_organizer = verified(organizer, "For organizers with a verified email.")
verified_customer = verified(customer, "For customers with a verified email.")
