"""`flask --app wsgi find-account|ban-account|unban-account`: look at an account, and keep its owner out."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from ..accounts.administration import AccountAdministration
from ..accounts.model import OwnUser
from ..clock import rfc3339
from ..http.services import services_of
from ..terminal import printable

LONGEST_REASON = 1000


def _administration() -> AccountAdministration:
    return services_of(current_app)[AccountAdministration]


def _found(email_or_id: str) -> OwnUser:
    user = _administration().find(email_or_id)
    if user is None:
        raise click.ClickException(f"No account has the email or id {printable(email_or_id)}.")
    return user


def _named(user: OwnUser) -> str:
    return printable(f"{user['name']} <{user['email']}>")


def _moment(moment: datetime) -> str:
    return rfc3339(moment.replace(microsecond=0))


def short(_context: click.Context, _parameter: click.Parameter, reason: str | None) -> str | None:
    """Return a reason; raises `BadParameter` if it is too long to keep."""
    if reason is not None and len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"at most {LONGEST_REASON} characters.")
    return reason


@click.command("find-account")
@click.argument("email_or_id")
@with_appcontext
def find_account(email_or_id: str) -> None:
    """Show an account, without its secrets.

    EMAIL_OR_ID is the email of its owner, in any case, or the id of the account.
    """
    user = _found(email_or_id)
    verified = user.get("verified_at")
    banned = "no"
    if "banned_at" in user:
        reason = user.get("ban_reason")
        banned = f"since {_moment(user['banned_at'])}" + (f" ({printable(reason)})" if reason else "")
    rows = {
        "id": str(user["_id"]),
        "name": printable(user["name"]),
        "email": printable(user["email"]),
        "verified": f"since {_moment(verified)}" if verified else "yes" if user["email_verified"] else "no",
        "role": user["role"],
        "created": _moment(user["created_at"]),
        "banned": banned,
        "sessions": f"{_administration().count_sessions(user['_id'])} open",
    }
    for name, value in rows.items():
        click.echo(f"{name + ':':<10} {value}")


@click.command("ban-account")
@click.argument("email_or_id")
@click.option("--reason", callback=short, help="A note for operators; the owner of the account does not see it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def ban_account(email_or_id: str, reason: str | None, yes: bool) -> None:
    """Keep somebody out of their account.

    EMAIL_OR_ID is the email of its owner, in any case, or the id of the account.

    Nobody can log in to it from then on, not even with a new password, and its sessions and API keys end within 5
    seconds. It leaves all waiting lists. Bookings stay, and so do an organizer's events: cancel-event cancels an event.
    unban-account lifts the ban, after which new keys can be made.
    """
    user = _found(email_or_id)
    if not yes:
        click.confirm(f"Ban {_named(user)}, {user['role']}?", abort=True)
    ended = _administration().ban(user, reason)
    begin = "was banned already" if "banned_at" in user else "is banned"
    click.echo(
        f"{_named(user)} {begin}; {ended} sessions end within 5 seconds. Bookings and events of the account stay."
    )


@click.command("unban-account")
@click.argument("email_or_id")
@with_appcontext
def unban_account(email_or_id: str) -> None:
    """Let the owner of a banned account in again.

    EMAIL_OR_ID is the email of its owner, in any case, or the id of the account.
    """
    user = _found(email_or_id)
    lifted = _administration().unban(user)
    click.echo(f"{_named(user)} can log in again." if lifted else f"{_named(user)} was not banned.")
