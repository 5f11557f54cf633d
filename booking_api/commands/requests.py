"""`flask --app wsgi requests`: print docs/requests.http."""

import click
from flask import current_app
from flask.cli import with_appcontext

from ..accounts import walk as accounts
from ..api_keys import walk as api_keys
from ..bookings import walk as bookings
from ..check_ins import walk as check_ins
from ..config import Settings
from ..events import walk as events
from ..feed import walk as feed
from ..http.services import services_of
from ..notifications import walk as notifications
from ..openapi.document import api
from ..openapi.request_file import write
from ..payments import walk as payments
from ..reports import walk as reports
from ..tickets import walk as tickets
from ..waitlist import walk as waitlist
from ..webhooks import walk as webhooks

WALKS = (
    accounts.WALK,
    events.WALK,
    api_keys.WALK,
    bookings.WALK,
    payments.WALK,
    tickets.WALK,
    waitlist.WALK,
    feed.WALK,
    check_ins.WALK,
    webhooks.WALK,
    notifications.WALK,
    reports.WALK,
)


@click.command("requests")
@click.option("--url", help="Where the service answers; default: PUBLIC_URL, else by HOST and PORT.")
@with_appcontext
def requests(url: str | None) -> None:
    """Print requests for an editor to send.

    There is one for every operation of the API, for VS Code's REST Client and Visual Studio. docs/requests.http is
    what this prints with the default settings.
    """
    settings = services_of(current_app)[Settings]
    click.echo(write(api.document(), WALKS, url or settings.site or settings.local_url), nl=False)
