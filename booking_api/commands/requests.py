"""`flask --app wsgi requests`: print docs/requests.http."""

import click
from flask.cli import with_appcontext

from ..accounts import walk as accounts
from ..bookings import walk as bookings
from ..events import walk as events
from ..notifications import walk as notifications
from ..openapi.document import api
from ..openapi.request_file import write

WALKS = (accounts.WALK, events.WALK, bookings.WALK, notifications.WALK)


@click.command("requests")
@with_appcontext
def requests() -> None:
    """Print docs/requests.http: every operation as a request that an editor can send."""
    click.echo(write(api.document(), WALKS), nl=False)
