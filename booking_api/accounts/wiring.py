"""Build accounts and their sessions."""

from dataclasses import dataclass

from ..auth import access, tokens
from ..core import Core
from . import routes
from .administration import AccountAdministration
from .known_addresses import KnownAddresses, KnownAddressStore
from .names import AccountNames
from .reset_throttle import ResetThrottle
from .rules import ROLES, RegistrationPolicy
from .service import AccountService
from .sessions import SessionService, SessionStore
from .store import PasswordResetStore, UserStore
from .verification import EmailVerification
from .verification_store import EmailChangeStore, VerificationMailStore, VerificationTokenStore

NEVER_CACHED = "/api/v1/auth/"  # how the paths begin whose answers may carry tokens


@dataclass(frozen=True)
class Accounts:
    """What other packages use of accounts."""

    service: AccountService
    names: AccountNames
    verification: EmailVerification
    administration: AccountAdministration


def build(core: Core) -> Accounts:
    """Build the stores, services and routes of accounts."""
    tokens.register(core.app, core.settings, ROLES)
    users = UserStore(core.database["users"])
    sessions = SessionStore(core.database["sessions"])
    resets = PasswordResetStore(core.database["password_resets"])
    throttle = ResetThrottle(core.database["password_reset_requests"])
    core.keep(users, sessions, resets, throttle)
    verification = _verification(core, users, resets)
    session_service = SessionService(sessions, core.clock, tokens.ACCESS_TOKEN_LIFE, tokens.REFRESH_TOKEN_LIFE)
    names = AccountNames(users, core.outbox, core.clock)
    service = AccountService(
        users,
        names,
        resets,
        session_service,
        _known_addresses(core),
        throttle,
        verification,
        core.transactions,
        core.outbox,
        core.clock,
        core.settings.bcrypt_rounds,
    )
    administration = AccountAdministration(users, service, sessions, session_service, core.transactions, core.clock)
    core.offer(service, session_service, verification, administration, RegistrationPolicy(core.settings.registration))
    core.services.add(session_service, access.Sessions)
    core.api.register_blueprint(routes.blueprint)
    return Accounts(service, names, verification, administration)


def _known_addresses(core: Core) -> KnownAddresses:
    store = KnownAddressStore(core.database["known_addresses"])
    core.keep(store)
    return KnownAddresses(store, core.clock, core.settings.jwt_secrets)


def _verification(core: Core, users: UserStore, resets: PasswordResetStore) -> EmailVerification:
    changes = EmailChangeStore(core.database["email_changes"])
    mailed = VerificationTokenStore(core.database["email_verifications"])
    counts = VerificationMailStore(core.database["verification_mails"])
    core.keep(changes, mailed, counts)
    return EmailVerification(
        users,
        resets,
        changes,
        mailed,
        counts,
        core.transactions,
        core.outbox,
        core.clock,
        required=core.settings.require_verified_email,
    )
