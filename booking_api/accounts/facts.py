"""What accounts publish."""

from typing import TypedDict

from bson import ObjectId

from ..jobs.facts import Fact


class PasswordReset(TypedDict):
    """For whom a new password was asked; of an address without an account, an id that nobody has."""

    user_id: ObjectId


class OfAccount(TypedDict):
    """The account that a fact is about."""

    user_id: ObjectId


class Verification(TypedDict):
    """Whose email is to be verified; `change_id` names the change of an email, None the email of a new account."""

    user_id: ObjectId
    change_id: ObjectId | None


PASSWORD_RESET_REQUESTED = Fact[PasswordReset]("account.password_reset_requested")
ACCOUNT_RENAMED = Fact[OfAccount]("account.renamed")  # scheduled: an account has at most one job of it
VERIFICATION_OWED = Fact[Verification]("account.verification_owed")
